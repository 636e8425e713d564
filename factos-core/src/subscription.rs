//! Subscriptions: the log followed from a position on, without end.

pub(crate) mod anchor;
mod feed;
mod following;
pub(crate) mod retry;
mod wake;

use std::collections::VecDeque;

use futures_util::{Stream, TryStreamExt, stream};

pub(crate) use feed::Feed;
pub(crate) use following::{Followers, Following};
pub(crate) use wake::Wake;

use crate::checkpoint::Checkpoint;
use crate::error::ReadError;
use crate::event::{Event, Recorded, StoredEvent};
use crate::log::{EventLog, decode_known};
use crate::position::Position;
use crate::query::Query;

/// Events that are to be followed; made by [`EventLog::subscribe`].
///
/// End it with [`decoded`](Self::decoded) for events of a type, with [`stored`](Self::stored) for events as they are
/// stored, or with [`batches`](Self::batches) for several at once, and a checkpoint with them. The streams first catch up with
/// what is stored, and then wait for more: every event behind the first position that matches the query, in the order of
/// the log, once.
///
/// A stream reads when it is polled, a page at a time and one page ahead, so that a slow reader holds up nobody and takes no
/// memory beyond that. It goes on by itself when the database was away. It ends with an error that does not pass by itself:
/// an event that cannot be decoded, or a log that is not the one that was followed:
/// [`Rewound`](crate::store::StoreError::Rewound), [`Rewritten`](crate::store::StoreError::Rewritten) or
/// [`AnotherLog`](crate::store::StoreError::AnotherLog).
#[must_use = "nothing is read until a stream is made of it and polled"]
#[derive(Debug)]
pub struct Subscription<C> {
    log: EventLog<C>,
    query: Query,
    from: Checkpoint,
}

/// Events that were read at once, and how far the log is followed with them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Batch {
    /// The events, in the order of the log. None when everything up to the checkpoint is of no interest to the query.
    pub events: Vec<StoredEvent>,
    /// How far the log is followed once these events are handled. To be given to [`Subscription::resume`] later.
    pub checkpoint: Checkpoint,
    /// Where the log ended when they were read.
    pub head: Position,
}

impl<C> Subscription<C> {
    pub(crate) fn new(log: EventLog<C>, query: Query) -> Self {
        let from = Checkpoint::start(log.info().identity());
        Self { log, query, from }
    }

    /// Only events behind this position, such as that of the last event that was handled; all of them unless it is said.
    /// A position that the log does not reach is one of another log, or of a later state of it: the stream fails with
    /// [`Rewound`](crate::store::StoreError::Rewound).
    pub fn from(mut self, position: Position) -> Self {
        self.from = Checkpoint::start(self.log.info().identity()).at(position, None);
        self
    }

    /// Goes on behind a checkpoint. Unlike a mere position it tells whether the log is still the one that was followed.
    pub fn resume(mut self, checkpoint: Checkpoint) -> Self {
        self.from = checkpoint;
        self
    }

    /// The events as they are stored.
    pub fn stored(self) -> impl Stream<Item = Result<StoredEvent, ReadError>> + Send + Unpin
    where
        C: 'static,
    {
        let events = stream::try_unfold(
            (self.feed(), VecDeque::new()),
            |(mut feed, mut waiting): (Feed<C>, VecDeque<StoredEvent>)| async move {
                loop {
                    if let Some(event) = waiting.pop_front() {
                        return Ok(Some((event, (feed, waiting))));
                    }
                    waiting = feed.next().await?.events.into();
                }
            },
        );
        Box::pin(events)
    }

    /// The events decoded as events of `E`. One that `E` does not have is an error, unless the log was told to skip
    /// [unknown types](crate::UnknownTypes).
    pub fn decoded<E: Event>(
        self,
    ) -> impl Stream<Item = Result<Recorded<E>, ReadError>> + Send + Unpin
    where
        C: 'static,
    {
        let unknown = self.log.unknown_types();
        // Unfolded, so that it ends behind an event that cannot be decoded.
        let events = stream::try_unfold(self.stored(), move |mut stored| async move {
            while let Some(event) = stored.try_next().await? {
                if let Some(event) = decode_known(&event, unknown)? {
                    return Ok(Some((event, stored)));
                }
            }
            Ok(None)
        });
        Box::pin(events)
    }

    /// The events in batches of up to 1,000, each with the checkpoint behind it; also one without events: the first one
    /// when there is nothing yet, and later ones when nothing of interest was appended.
    pub fn batches(self) -> impl Stream<Item = Result<Batch, ReadError>> + Send + Unpin
    where
        C: 'static,
    {
        let batches = stream::try_unfold(self.feed(), |mut feed| async move {
            Ok(Some((feed.next().await?, feed)))
        });
        Box::pin(batches)
    }

    fn feed(self) -> Feed<C> {
        Feed::new(self.log, self.query, self.from)
    }
}
