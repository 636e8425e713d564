//! What clients do with a log, again and again.

mod append;
mod project;
mod replay;
mod send;
mod subscribe;

use std::time::Duration;

use factos::EventLog;
use serde::{Deserialize, Serialize};

use crate::figures::Run;
use crate::measure::{Failure, Pace};
use crate::target::Target;

/// One operation, as often as there is time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Work {
    /// Append so many events at once, without a condition.
    Append { events: u64 },
    /// Append an event that only a student without any subscription may have.
    AppendGuarded,
    /// Subscribe a new student to one course after the other: four facts are decided on, one event is recorded.
    SubscribeToAll { courses: u64 },
    /// Subscribe a new student to this course.
    SubscribeTo { course: String },
    /// Turn a new student away from this course, which is full.
    TurnAway { course: String },
    /// Append one signal after the other, each with the moment before it is appended.
    Send { pace: Pace },
    /// Project the signals of the log until the process is told to stop.
    ProjectSignals { into: Target },
    /// Build the second version of a projection beside the first, and take its place.
    Rebuild { into: Target, events: u64 },
    /// Read all events of the log as the application's own type, counted one by one.
    Replay { events: u64 },
    /// The same, asked for by their types.
    ReplayByType { events: u64 },
}

impl Work {
    /// Has the log connect and, if it keeps any states, fold what the work of so many clients will ask for, as in an
    /// application that has run for a while.
    ///
    /// # Errors
    /// The first failure.
    pub async fn warm_up(&self, log: &EventLog, clients: usize) -> Result<(), Failure> {
        match self {
            Self::SubscribeToAll { courses } => subscribe::once_to_each(log, *courses).await,
            Self::SubscribeTo { course } => subscribe::once_to(log, course, clients).await,
            Self::TurnAway { course } => subscribe::turn_away_once(log, course, clients).await,
            Self::Append { .. } | Self::AppendGuarded => append::once(log).await,
            Self::Send { .. } => send::once(log).await,
            // One replay is long enough to make little of its beginning.
            Self::Replay { .. }
            | Self::ReplayByType { .. }
            | Self::Rebuild { .. }
            | Self::ProjectSignals { .. } => Ok(()),
        }
    }

    /// Has so many clients do it for a while.
    ///
    /// # Errors
    /// The first failure.
    pub async fn run(
        &self,
        log: &EventLog,
        clients: usize,
        duration: Duration,
    ) -> Result<Run, Failure> {
        match self {
            Self::Append { events } => append::append(log, *events, clients, duration).await,
            Self::AppendGuarded => append::guarded(log, clients, duration).await,
            Self::SubscribeToAll { courses } => {
                subscribe::to_all(log, *courses, clients, duration).await
            }
            Self::SubscribeTo { course } => subscribe::to(log, course, clients, duration).await,
            Self::TurnAway { course } => subscribe::turn_away(log, course, clients, duration).await,
            Self::Send { pace } => send::send(log, *pace, clients, duration).await,
            Self::ProjectSignals { into } => Box::pin(project::signals(log, into)).await,
            Self::Rebuild { into, events } => Box::pin(project::rebuild(log, into, *events)).await,
            Self::Replay { events } => replay::all(log, *events, clients, duration).await,
            Self::ReplayByType { events } => replay::by_type(log, *events, clients, duration).await,
        }
    }
}
