//! Tasks: what a consumer has to do at a time, once.

use uuid::Uuid;

use crate::id::EventId;
use crate::position::Position;
use crate::time::Timestamp;

/// Something that a consumer has to do at a time: a timer that fires, or an event that a worker outside handles.
///
/// Whoever takes it has it until a later time, under a token. Each taking has a new token, so that who had it before, and
/// took too long, changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Unique within the consumer.
    pub key: String,
    /// When it may be taken, by the clock of the log.
    pub due: Timestamp,
    /// Of whoever has taken it last; none before the first time.
    pub token: Option<Uuid>,
    /// How often it was taken.
    pub attempts: u32,
    /// The event that it is about.
    pub position: Position,
    /// That event's id.
    pub event: EventId,
    /// What it is known by besides, such as a command that is to be sent, encoded.
    pub payload: String,
}
