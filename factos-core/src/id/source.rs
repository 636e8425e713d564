//! Where new ids come from.

use super::{AppendId, EventId};

/// Where the log takes the ids from that it gives to events and appends which have none of their own.
///
/// An id must never come twice: a store refuses an event whose id it has, and takes an append whose id it has for the
/// same one again.
///
/// ```
/// use factos_core::{AppendId, EventId, EventLog, IdSource, LogOptions, MemoryStore};
///
/// /// Says nothing about when an event was made.
/// struct RandomIds;
/// impl IdSource for RandomIds {
///     fn event_id(&self) -> EventId {
///         EventId::from_bytes(fastrand::u128(..).to_be_bytes())
///     }
///
///     fn append_id(&self) -> AppendId {
///         AppendId::from_bytes(fastrand::u128(..).to_be_bytes())
///     }
/// }
/// let log = EventLog::with_options(MemoryStore::new(), LogOptions::default().ids(RandomIds));
/// # drop(log);
/// ```
pub trait IdSource: Send + Sync + 'static {
    /// A new event's id.
    fn event_id(&self) -> EventId;

    /// A new append's id.
    fn append_id(&self) -> AppendId;
}

/// UUIDs of version 7: made of the time and of chance, so that ids made later sort later.
#[derive(Debug, Clone, Copy, Default)]
pub struct UuidV7;

impl IdSource for UuidV7 {
    fn event_id(&self) -> EventId {
        EventId::new()
    }

    fn append_id(&self) -> AppendId {
        AppendId::new()
    }
}
