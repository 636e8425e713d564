//! Appending without a decision.

use std::future::IntoFuture;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::EventLog;
use crate::command::Events;
use crate::commit::{Failure, deadline_in, timed_out};
use crate::error::{AppendError, InvalidOption};
use crate::event::{NewEvent, StoredEvent, StreamPlace};
use crate::id::AppendId;
use crate::metadata::Metadata;
use crate::name::StreamName;
use crate::position::Position;
use crate::query::Query;
use crate::store::{
    Answer, AppendRequest, Appended, BoxFuture, ExpectedRevision, Guard, IdempotencyKey, ReadPart,
    ReadRequest, Receipt, Refusal, StoreError,
};

pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// An append that is being described; await it. Made by [`EventLog::append`].
///
/// It gives the stored events; those of the first time when its append id or idempotency key was there already.
#[must_use = "nothing is appended until it is awaited"]
#[derive(Debug)]
pub struct Append<C> {
    log: EventLog<C>,
    events: Events,
    guards: Vec<Guard>,
    metadata: Metadata,
    stream: Option<(StreamName, ExpectedRevision)>,
    key: Option<IdempotencyKey>,
    id: AppendId,
    timeout: Duration,
}

impl<C> Append<C> {
    pub(super) fn new(log: EventLog<C>, events: Events) -> Self {
        Self {
            id: log.ids().append_id(),
            log,
            events,
            guards: Vec::new(),
            metadata: Metadata::new(),
            stream: None,
            key: None,
            timeout: DEFAULT_TIMEOUT,
        }
    }

    /// Only if no event behind `after` matches `query`. Called several times, all must hold.
    pub fn unless(mut self, query: Query, after: Position) -> Self {
        self.guards.push(Guard::new(query, after));
        self
    }

    /// To this stream, if it is at the expected revision.
    pub fn to_stream(mut self, name: StreamName, expected: ExpectedRevision) -> Self {
        self.stream = Some((name, expected));
        self
    }

    /// With this metadata on every event, behind what an event has already.
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// Once under this key.
    pub fn idempotency_key(mut self, key: IdempotencyKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Under this id, for instance to send an append again whose outcome was unknown.
    pub fn append_id(mut self, append_id: AppendId) -> Self {
        self.id = append_id;
        self
    }

    /// Gives up after this time; 30 seconds by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    async fn run(self) -> Result<Vec<StoredEvent>, AppendError> {
        check_timeout(self.timeout)?;
        self.guards
            .iter()
            .try_for_each(|guard| guard.query.check())?;
        let deadline = deadline_in(self.timeout);
        let events = with_metadata(self.events.encode_with(self.log.ids())?, &self.metadata);
        let mut request = AppendRequest::append(events, self.log.now(), self.log.limits())?
            .with_id(self.id)
            .guarded(self.guards);
        if let Some((name, expected)) = self.stream {
            request = request.to_stream(name, expected);
        }
        if let Some(key) = self.key {
            request = request.with_key(key);
        }
        let answer = self
            .log
            .committer()
            .append(request.clone(), deadline)
            .await?;
        stored_events(&self.log, request, &answer, deadline).await
    }
}

impl<C: 'static> IntoFuture for Append<C> {
    type Output = Result<Vec<StoredEvent>, AppendError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

pub(crate) fn check_timeout(timeout: Duration) -> Result<(), InvalidOption> {
    if timeout.is_zero() {
        return Err(InvalidOption {
            option: "timeout",
            value: format!("{timeout:?}"),
            rule: "it takes more than nothing",
        });
    }
    Ok(())
}

/// The events with more metadata; what an event says itself wins.
pub(crate) fn with_metadata(mut events: Vec<NewEvent>, metadata: &Metadata) -> Vec<NewEvent> {
    for event in &mut events {
        for (key, value) in metadata.iter() {
            if event.metadata.get(key).is_none() {
                event.metadata.set(key, value);
            }
        }
    }
    events
}

/// The events that an answer says are stored.
pub(crate) async fn stored_events<C>(
    log: &EventLog<C>,
    request: AppendRequest,
    answer: &Answer,
    deadline: Instant,
) -> Result<Vec<StoredEvent>, AppendError> {
    match answer {
        Answer::Confirmed => Ok(Vec::new()),
        Answer::Accepted(receipt) => Ok(placed(request, receipt.appended)),
        Answer::Repeated(receipt) => read_back(log, receipt, deadline).await,
    }
}

fn placed(request: AppendRequest, appended: Option<Appended>) -> Vec<StoredEvent> {
    let Some(appended) = appended else {
        return Vec::new();
    };
    let append_id = request.append_id();
    let stream = request.stream().map(|stream| stream.name.clone());
    let place = |i: u64| {
        let revision = appended.first_revision?.saturating_add(i);
        stream.clone().map(|name| StreamPlace { name, revision })
    };
    let stored = |(i, event): (u64, NewEvent)| {
        StoredEvent::new(
            event,
            appended.first.plus(i),
            appended.recorded_at,
            append_id,
            place(i),
        )
    };
    (0..).zip(request.into_events()).map(stored).collect()
}

/// The events that were stored before.
pub(crate) async fn read_back<C>(
    log: &EventLog<C>,
    receipt: &Receipt,
    deadline: Instant,
) -> Result<Vec<StoredEvent>, AppendError> {
    let read = timeout_at(deadline, read_again(log, receipt.appended)).await;
    let read = read.unwrap_or_else(|_| Err(StoreError::Unavailable(timed_out())));
    read.map_err(|source| AppendError::ReadBack {
        receipt: Box::new(receipt.clone()),
        source,
    })
}

/// What is in the log because of a command.
pub(crate) struct Written {
    pub(crate) events: Vec<StoredEvent>,
    /// Whether an earlier call under the same idempotency key has written it.
    pub(crate) is_repeated: bool,
}

impl From<Vec<StoredEvent>> for Written {
    fn from(events: Vec<StoredEvent>) -> Self {
        Self {
            events,
            is_repeated: false,
        }
    }
}

/// What was written the first time under the key, which is only this command's if the key stands for the same command.
pub(crate) async fn repeated<C>(
    log: &EventLog<C>,
    key: Option<&IdempotencyKey>,
    receipt: &Receipt,
    deadline: Instant,
) -> Result<Written, AppendError> {
    if let Some(key) = key.filter(|key| receipt.key.as_ref() != Some(key)) {
        let key = key.key().into();
        return Err(AppendError::Refused(Refusal::KeyReused { key }));
    }
    Ok(Written {
        events: read_back(log, receipt, deadline).await?,
        is_repeated: true,
    })
}

async fn read_again<C>(
    log: &EventLog<C>,
    appended: Option<Appended>,
) -> Result<Vec<StoredEvent>, StoreError> {
    let Some(appended) = appended else {
        return Ok(Vec::new());
    };
    let before = Position::new(appended.first.get().saturating_sub(1));
    let part = ReadPart::query(Query::all())
        .after(before)
        .to(appended.last);
    let snapshot = log.store().read(ReadRequest::new([part])).await?;
    Ok(snapshot.parts.into_iter().flatten().collect())
}

impl From<Failure> for AppendError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => refusal.into(),
            Failure::Timeout => Self::Timeout,
            Failure::OutcomeUnknown(append_id, cause) => Self::OutcomeUnknown { append_id, cause },
            Failure::Store(error) => Self::Store(error),
        }
    }
}
