//! Reading events page by page.

use std::panic::resume_unwind;
use std::sync::Arc;

use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use tokio::task::JoinHandle;

use super::{EventLog, UnknownTypes};
use crate::error::{DecodeError, ReadError};
use crate::event::{Event, Recorded, StoredEvent};
use crate::name::StreamName;
use crate::position::Position;
use crate::query::Query;
use crate::store::{BoxFuture, Direction, ReadPart, ReadRequest, Source, StoreError};

/// Events that one transfer from the store carries.
const PAGE: u64 = 1_000;

/// Events that are being asked for; made by [`EventLog::events`] and
/// [`StreamHandle::events`](crate::StreamHandle::events).
///
/// End it with [`stored`](Self::stored) for events as they are stored, or with [`decoded`](Self::decoded) for events
/// of a type. It ends at what was the head when its first page was read.
#[must_use = "nothing is read until the stream is polled"]
#[derive(Debug)]
pub struct EventStream<C> {
    log: EventLog<C>,
    part: ReadPart,
}

impl<C> EventStream<C> {
    pub(super) fn query(log: EventLog<C>, query: Query) -> Self {
        Self {
            log,
            part: ReadPart::query(query),
        }
    }

    pub(crate) fn stream(log: EventLog<C>, name: StreamName, from: u64) -> Self {
        Self {
            log,
            part: ReadPart::stream(name, from),
        }
    }

    /// Only behind this position.
    pub fn after(mut self, position: Position) -> Self {
        self.part.after = position;
        self
    }

    /// Only up to and at this position.
    pub fn to(mut self, position: Position) -> Self {
        self.part.to = Some(position);
        self
    }

    /// At most so many, counted from the end that it begins with.
    pub fn limit(mut self, limit: u64) -> Self {
        self.part.limit = Some(limit);
        self
    }

    /// The newest first.
    pub fn backward(mut self) -> Self {
        self.part.direction = Direction::Backward;
        self
    }

    /// The events as they are stored.
    pub fn stored(self) -> impl Stream<Item = Result<StoredEvent, ReadError>> + Send + Unpin
    where
        C: 'static,
    {
        pages(self.log, self.part)
    }

    /// The events decoded as events of `E`. One that `E` does not have is an error, unless the log was told to skip
    /// [unknown types](UnknownTypes).
    pub fn decoded<E: Event>(
        self,
    ) -> impl Stream<Item = Result<Recorded<E>, ReadError>> + Send + Unpin
    where
        C: 'static,
    {
        let unknown = self.log.unknown_types();
        let decoded =
            pages(self.log, self.part).map(move |event| Ok(decode_known(&event?, unknown)?));
        decoded.try_filter_map(|event| std::future::ready(Ok(event)))
    }
}

/// The event decoded; `None` when it is of a type that `E` does not have and that is passed over.
pub(crate) fn decode_known<E: Event>(
    event: &StoredEvent,
    unknown: UnknownTypes,
) -> Result<Option<Recorded<E>>, DecodeError> {
    match event.decode() {
        Err(error) if unknown == UnknownTypes::Skip && error.is_unknown_type() => Ok(None),
        decoded => Ok(Some(decoded?)),
    }
}

/// Where a stream of pages goes on, or nothing when the last page was read.
type Next = Option<ReadPart>;

type Page = Result<(Vec<StoredEvent>, Next), ReadError>;

/// The next page of a stream.
enum Ahead {
    End,
    Unread(ReadPart),
    Reading(AbortOnDrop),
}

/// A page that is read while the one in front of it is used. Dropping it ends the read.
struct AbortOnDrop(JoinHandle<Page>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Ahead {
    async fn read<C>(self, log: &EventLog<C>) -> Option<Page> {
        match self {
            Self::End => None,
            Self::Unread(part) => Some(page(log, part).await),
            Self::Reading(mut task) => Some(match (&mut task.0).await {
                Ok(page) => page,
                Err(ended) if ended.is_panic() => resume_unwind(ended.into_panic()),
                Err(ended) => Err(StoreError::Unavailable(Arc::new(ended)).into()),
            }),
        }
    }
}

/// Whoever asks for a second page will probably ask for all: from then on the next one is read ahead.
fn pages<C: 'static>(
    log: EventLog<C>,
    part: ReadPart,
) -> impl Stream<Item = Result<StoredEvent, ReadError>> + Send + Unpin {
    let pages = stream::try_unfold(
        (Ahead::Unread(part), false),
        move |(ahead, is_later): (Ahead, bool)| -> BoxFuture<'static, Result<_, ReadError>> {
            let log = log.clone();
            Box::pin(async move {
                let Some(page_read) = ahead.read(&log).await else {
                    return Ok(None);
                };
                let (events, next) = page_read?;
                let ahead = match next {
                    None => Ahead::End,
                    Some(part) if is_later => {
                        let read = async move { page(&log, part).await };
                        Ahead::Reading(AbortOnDrop(tokio::spawn(read)))
                    }
                    Some(part) => Ahead::Unread(part),
                };
                Ok(Some((
                    stream::iter(events.into_iter().map(Ok)),
                    (ahead, true),
                )))
            })
        },
    );
    pages.try_flatten()
}

async fn page<C>(log: &EventLog<C>, part: ReadPart) -> Page {
    if let Source::Query(query) = &part.source {
        query.check()?;
    }
    let wanted = part.limit.unwrap_or(u64::MAX);
    let asked = wanted.min(PAGE);
    let snapshot = log
        .store()
        .read(ReadRequest::new([part.clone().limit(asked)]))
        .await?;
    let events: Vec<StoredEvent> = snapshot.parts.into_iter().flatten().collect();
    let read = events.len() as u64;
    let next = match events.last() {
        Some(last) if read == asked && wanted > asked => {
            let end = part.to.map_or(snapshot.head, |to| to.min(snapshot.head));
            let rest = part.limit.map(|limit| limit - read);
            let mut next = ReadPart {
                limit: rest,
                ..part
            };
            match next.direction {
                Direction::Forward => {
                    next.after = last.position;
                    next.to = Some(end);
                    // So that the store need not pass over what was read.
                    if let (Source::Stream { from, .. }, Some(place)) =
                        (&mut next.source, &last.stream)
                    {
                        *from = place.revision.saturating_add(1);
                    }
                }
                Direction::Backward => next.to = Some(Position::new(last.position.get() - 1)),
            }
            Some(next)
        }
        _ => None,
    };
    Ok((events, next))
}
