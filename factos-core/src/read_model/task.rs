//! Tasks: what a consumer has to do at a time, once.

use std::sync::Arc;

use uuid::Uuid;

use crate::error::LimitError;
use crate::id::EventId;
use crate::limits::MAX_TAG_BYTES;
use crate::position::Position;
use crate::store::StoreError;
use crate::time::Timestamp;

/// Something that a consumer has to do at a time: a timer that fires, or an event that a worker outside handles.
///
/// Whoever takes it has it until a later time, under a token. Each taking has a new token, so that who had it before, and
/// took too long, changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Unique within the consumer: 1 byte to 1 KiB without NUL.
    pub key: String,
    /// When it may be taken, by the clock of the log; while somebody has it, when their time is up.
    pub due: Timestamp,
    /// Of whoever has taken it last; none before the first time, and when it was given back for another time.
    pub token: Option<Uuid>,
    /// How often it was taken.
    pub attempts: u32,
    /// The event that it is about.
    pub position: Position,
    /// That event's id.
    pub event: EventId,
    /// What it is known by besides, such as a command that is to be sent, encoded: text without NUL.
    pub payload: String,
}

impl Task {
    /// Whether every read model can hold it; they ask this before they write it.
    ///
    /// ```
    /// use factos_core::read_model::Task;
    /// use factos_core::{EventId, Position, Timestamp};
    ///
    /// let task = Task {
    ///     key: "remind ann".into(),
    ///     due: Timestamp::from_micros(0),
    ///     token: None,
    ///     attempts: 0,
    ///     position: Position::new(1),
    ///     event: EventId::new(),
    ///     payload: String::new(),
    /// };
    /// assert!(task.check().is_ok());
    /// assert!(Task { key: "a\0b".into(), ..task }.check().is_err());
    /// ```
    ///
    /// # Errors
    /// [`StoreError::InvalidTask`] when its key is empty or too long, or its key or payload holds NUL.
    pub fn check(&self) -> Result<(), StoreError> {
        self.limits()
            .map_err(|wrong| StoreError::InvalidTask(Arc::new(wrong)))
    }

    fn limits(&self) -> Result<(), LimitError> {
        let bytes = self.key.len();
        if bytes == 0 || bytes > MAX_TAG_BYTES {
            return Err(LimitError::NameLength {
                field: "a task's key",
                bytes,
                limit: MAX_TAG_BYTES,
            });
        }
        let texts = [
            ("a task's key", &self.key),
            ("a task's payload", &self.payload),
        ];
        match texts.into_iter().find(|(_, text)| text.contains('\0')) {
            Some((field, _)) => Err(LimitError::NulByte { field }),
            None => Ok(()),
        }
    }
}
