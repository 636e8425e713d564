//! Checkpoints: how far a reader of the log has come.

use crate::id::{EventId, LogId};
use crate::position::Position;

/// How far a reader has come in which log, and which event stands there.
///
/// The log's identity and the event's tell a log that was made anew, or restored to an earlier state, from the one that was
/// read: following it silently would miss events.
///
/// ```
/// use factos_core::{Checkpoint, EventId, LogId, Position};
///
/// let start = Checkpoint::start(LogId::new());
/// assert_eq!((start.position, start.event), (Position::START, None));
/// let later = start.at(Position::new(3), Some(EventId::new()));
/// assert_eq!(later.log, start.log);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Checkpoint {
    /// The log's identity.
    pub log: LogId,
    /// The last position that was read; what the reader asks for may have had no event there.
    pub position: Position,
    /// The event at that position; none at the start, and where it is not known.
    pub event: Option<EventId>,
}

impl Checkpoint {
    /// In front of a log's first event.
    pub fn start(log: LogId) -> Self {
        Self {
            log,
            position: Position::START,
            event: None,
        }
    }

    /// In the same log, at another position.
    #[must_use]
    pub fn at(self, position: Position, event: Option<EventId>) -> Self {
        Self {
            position,
            event,
            ..self
        }
    }
}
