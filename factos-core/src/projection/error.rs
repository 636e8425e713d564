//! Why a projection does not go on.

use crate::error::{DecodeError, LimitError, ReadError};
use crate::name::EventType;
use crate::position::Position;
use crate::projection::ProjectionFailure;
use crate::store::{Cause, StoreError};

/// A projection does not go on.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectionError {
    /// It failed on an event as often as it may. Correct it, or have such events [parked](crate::OnFailure::Park); it goes on
    /// with this event.
    #[error("event {event_type} at position {position} could not be applied, {attempts} time(s)")]
    Event {
        /// Where the event stands.
        position: Position,
        /// Its type.
        event_type: EventType,
        /// How often it was tried.
        attempts: u32,
        /// What the last attempt failed with.
        #[source]
        cause: Cause,
    },
    /// Its tables could not be made. Correct its setup.
    #[error("the tables could not be made")]
    SetUp(#[source] Cause),
    /// Another process runs it. Nothing is to be done, unless it must run here.
    #[error("another process runs it")]
    RunsElsewhere,
    /// Another process has taken it over, as this one did not answer for too long. What was not committed is done there.
    #[error("another process has taken it over")]
    LeaseLost,
    /// A higher version is live. Update this program, or end it.
    #[error("version {by} is live")]
    Superseded {
        /// The version that is live.
        by: u32,
    },
    /// The log is not the one that was followed: it was made anew, or restored to an earlier state. Have the read model made
    /// anew: see [`ProjectionHandle::reset`](crate::ProjectionHandle::reset) and [`Reactions::reset`](crate::Reactions::reset);
    /// then start the process again.
    #[error("the log is not the one that was followed")]
    AnotherLog(#[source] StoreError),
    /// An event's name or tag is beyond the limits. Correct the projection.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// The log or the read model could not answer: see [`StoreError`].
    #[error(transparent)]
    Store(StoreError),
    /// It had not come so far in time.
    #[error("it has come to position {reached}, not {wanted}, in the time it was given")]
    Timeout {
        /// The position that was waited for.
        wanted: Position,
        /// How far it had come.
        reached: Position,
    },
    /// A runner has a part of this name and version already. Give one of them another name.
    #[error("the runner has {name} of version {version} already")]
    Twice {
        /// The name.
        name: &'static str,
        /// The version.
        version: u32,
    },
    /// It was told to stop before it was done.
    #[error("it was stopped")]
    Stopped,
}

impl ProjectionError {
    /// Whether it stays so until somebody does something about it.
    pub fn is_permanent(&self) -> bool {
        matches!(
            self,
            Self::Event { .. }
                | Self::Superseded { .. }
                | Self::AnotherLog(_)
                | Self::Limit(_)
                | Self::Twice { .. }
                | Self::Store(StoreError::InvalidTable { .. } | StoreError::NewerSchema { .. })
        )
    }
}

impl From<StoreError> for ProjectionError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Rewound { .. }
            | StoreError::Rewritten { .. }
            | StoreError::AnotherLog(_) => Self::AnotherLog(error),
            error => Self::Store(error),
        }
    }
}

impl From<ReadError> for ProjectionError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Limit(error) => Self::Limit(error),
            ReadError::Store(error) => error.into(),
            ReadError::Decode(error) => undecodable(error),
        }
    }
}

/// An event that cannot be decoded fails in the first attempt.
pub(crate) fn undecodable(error: DecodeError) -> ProjectionError {
    ProjectionError::Event {
        position: error.position,
        event_type: error.event_type.clone(),
        attempts: 1,
        cause: Cause::from(ProjectionFailure::from(error)),
    }
}

/// An error with its causes, in one line.
pub(crate) fn in_full(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        // Some repeat their cause in their own words.
        if !text.ends_with(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    text
}
