//! What a part tells about itself.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::status::{PartState, PartStatus};
use crate::event::StoredEvent;
use crate::log::EventLog;
use crate::observe;
use crate::position::Position;
use crate::projection::{ProjectionError, in_full};
use crate::read_model::Phase;
use crate::time::Timestamp;

/// What a part tells about itself. Clones are of the same part.
#[derive(Clone)]
pub(crate) struct Report(Arc<Shared>);

struct Shared {
    log: EventLog,
    name: &'static str,
    version: u32,
    begun: Instant,
    told: Mutex<Told>,
    /// Who wants to know how far it has come.
    listener: Option<Box<dyn Fn(Position) + Send + Sync>>,
}

struct Told {
    state: PartState,
    position: Position,
    /// When the first event was recorded of those that it has read last, while it has not come to the head.
    oldest: Option<Timestamp>,
    /// When it was seen to have handled everything.
    up_to_date: Timestamp,
    failures: u64,
    parked: u64,
    last_error: Option<String>,
}

impl Report {
    pub(super) fn new(log: EventLog, name: &'static str, version: u32) -> Self {
        Self::with(log, (name, version), None)
    }

    /// For somebody who wants to know how far it has come.
    pub(crate) fn telling(
        log: EventLog,
        part: (&'static str, u32),
        listener: impl Fn(Position) + Send + Sync + 'static,
    ) -> Self {
        Self::with(log, part, Some(Box::new(listener)))
    }

    fn with(
        log: EventLog,
        (name, version): (&'static str, u32),
        listener: Option<Box<dyn Fn(Position) + Send + Sync>>,
    ) -> Self {
        let told = Mutex::new(Told {
            state: PartState::Starting,
            position: Position::START,
            oldest: None,
            up_to_date: log.now(),
            failures: 0,
            parked: 0,
            last_error: None,
        });
        Self(Arc::new(Shared {
            log,
            name,
            version,
            begun: Instant::now(),
            told,
            listener,
        }))
    }

    /// Another process runs it, and has come so far.
    pub(crate) fn waits(&self, position: Position) {
        self.turn(PartState::Waiting);
        self.reached(position);
    }

    /// It is at work.
    pub(crate) fn works(&self, phase: Phase) {
        self.turn(if phase == Phase::Building {
            PartState::Building
        } else {
            PartState::Running
        });
    }

    /// It has these events to handle.
    pub(crate) fn read(&self, events: &[StoredEvent]) {
        self.told().oldest = events.first().map(|event| event.recorded_at);
    }

    /// It has come so far.
    pub(crate) fn reached(&self, position: Position) {
        let head = self.0.log.info().head();
        let mut told = self.told();
        told.position = position;
        if position >= head {
            told.oldest = None;
            told.up_to_date = self.0.log.now();
        }
        drop(told);
        if let Some(listener) = &self.0.listener {
            listener(position);
        }
    }

    /// Tells operators how far behind it is, also when it does not move.
    pub(super) fn observe(&self) {
        observe::lag(self.0.name, self.status().lag());
    }

    /// It has failed on an event.
    pub(crate) fn failed(&self, error: &ProjectionError) {
        observe::failed(self.0.name, error);
        let mut told = self.told();
        told.failures += 1;
        told.last_error = Some(in_full(error));
    }

    /// It has parked an event, for this reason.
    pub(crate) fn parked(&self, error: &ProjectionError) {
        let mut told = self.told();
        told.parked += 1;
        told.last_error = Some(in_full(error));
    }

    /// It does something else now.
    pub(crate) fn turn(&self, state: PartState) {
        self.told().state = state;
    }

    pub(super) fn status(&self) -> PartStatus {
        let told = self.told();
        let head = self.0.log.info().head().max(told.position);
        PartStatus {
            name: self.0.name,
            version: self.0.version,
            state: told.state,
            position: told.position,
            head,
            behind: if head == told.position {
                Duration::ZERO
            } else {
                let since = told.oldest.unwrap_or(told.up_to_date);
                self.0.log.now().since(since)
            },
            failures: told.failures,
            parked: told.parked,
            last_error: told.last_error.clone(),
            uptime: self.0.begun.elapsed(),
        }
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.0.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.status().fmt(f)
    }
}
