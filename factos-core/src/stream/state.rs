//! The state of a stream: what its events add up to.

use crate::decider::Decider;
use crate::error::ReadError;
use crate::event::{Event, StoredEvent};
use crate::log::{EventLog, UnknownTypes, decode_known};
use crate::name::StreamName;
use crate::store::{
    ExpectedRevision, IdempotencyKey, ReadPart, ReadRequest, Receipt, Snapshot, StoreError,
};

/// Events that one transfer from the store carries.
const PAGE: u64 = 1_000;

/// What a stream's events add up to, made by [`StreamHandle::state`](crate::StreamHandle::state).
///
/// ```
/// # use factos::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
/// # struct StepDone { step: u32 }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let log = factos::EventLog::new(factos::MemoryStore::new());
/// # let job = factos::Decider::new(0, |_: &(), _| Ok::<_, ()>(vec![]), |_, event: &StepDone| event.step);
/// let stream = log.stream("job-1")?;
/// let unknown = stream.state(&job).await?;
/// assert_eq!((unknown.state, unknown.revision), (0, None));
///
/// stream.append(StepDone { step: 1 }, unknown.expected()).await?;
/// let known = stream.state(&job).await?;
/// assert_eq!((known.state, known.revision), (1, Some(0)));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamState<S> {
    /// The state after the last event; the decider's initial one when there is none.
    pub state: S,
    /// The last event's revision; `None` when there is no such stream.
    pub revision: Option<u64>,
}

impl<S> StreamState<S> {
    /// What an append expects that was decided on this state.
    pub fn expected(&self) -> ExpectedRevision {
        self.revision
            .map_or(ExpectedRevision::NoStream, ExpectedRevision::At)
    }

    /// The events that it does not know yet.
    pub(super) fn missing(&self, name: &StreamName) -> ReadPart {
        let next = self.revision.map_or(0, |last| last.saturating_add(1));
        ReadPart::stream(name.clone(), next)
    }
}

impl<S: Clone> StreamState<S> {
    pub(super) fn new<T, E, X>(decider: &Decider<T, S, E, X>) -> Self {
        Self {
            state: decider.initial(),
            revision: None,
        }
    }

    /// Reads and folds what it does not know yet. Gives the first outcome under the key instead, if there is one.
    pub(super) async fn catch_up<C, T, E: Event, X>(
        &mut self,
        log: &EventLog<C>,
        name: &StreamName,
        key: Option<&IdempotencyKey>,
        decider: &Decider<T, S, E, X>,
    ) -> Result<Option<Receipt>, ReadError> {
        loop {
            let page = with_key(self.missing(name).limit(PAGE), key);
            let snapshot = log.store().read(page).await?;
            if snapshot.known.is_some() {
                return Ok(snapshot.known);
            }
            let read = self.fold(snapshot, log.unknown_types(), decider)?;
            // A page that is not full ends where the stream ended when it was read.
            if read < PAGE {
                return Ok(None);
            }
        }
    }

    /// Folds what was read, and says how many events that were. On an error the state is gone.
    pub(super) fn fold<T, E: Event, X>(
        &mut self,
        snapshot: Snapshot,
        unknown: UnknownTypes,
        decider: &Decider<T, S, E, X>,
    ) -> Result<u64, ReadError> {
        let mut read = 0;
        let mut state = std::mem::replace(&mut self.state, decider.initial());
        for event in snapshot.parts.into_iter().flatten() {
            self.revision = Some(revision(&event)?);
            if let Some(event) = decode_known(&event, unknown)? {
                state = decider.evolve(state, &event.data);
            }
            read += 1;
        }
        self.state = state;
        Ok(read)
    }
}

pub(super) fn with_key(part: ReadPart, key: Option<&IdempotencyKey>) -> ReadRequest {
    let request = ReadRequest::new([part]);
    match key {
        Some(key) => request.with_key(key.key()),
        None => request,
    }
}

fn revision(event: &StoredEvent) -> Result<u64, StoreError> {
    let place = event.stream.as_ref().map(|place| place.revision);
    place.ok_or_else(|| StoreError::corrupt_event(event.position, "it has no revision"))
}
