//! Ids that tests know beforehand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

use crate::id::{AppendId, EventId, IdSource};

/// Counts events and appends, each from 1, so that a test gets the same ids whenever it runs. Clones count together.
///
/// The ids have the form of a UUID of version 7; their time is 1970.
///
/// ```
/// use factos_core::testing::CountedIds;
/// use factos_core::{Data, EventLog, EventType, IdSource, LogOptions, MemoryStore};
///
/// let ids = CountedIds::new();
/// let log = EventLog::with_options(MemoryStore::new(), LogOptions::default().ids(ids.clone()));
/// assert_eq!(ids.event_id().to_string(), "00000000-0000-7000-8000-000000000001");
/// assert_eq!(ids.event_id(), CountedIds::event(2));
/// # drop(log);
/// ```
#[derive(Debug, Clone, Default)]
pub struct CountedIds(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    events: AtomicU64,
    appends: AtomicU64,
}

impl CountedIds {
    /// Ids from 1.
    pub fn new() -> Self {
        Self::default()
    }

    /// The id that the event with this number gets.
    pub fn event(number: u64) -> EventId {
        counted(number).into()
    }

    /// The id that the append with this number gets.
    pub fn append(number: u64) -> AppendId {
        counted(number).into()
    }
}

impl IdSource for CountedIds {
    fn event_id(&self) -> EventId {
        Self::event(next(&self.0.events))
    }

    fn append_id(&self) -> AppendId {
        Self::append(next(&self.0.appends))
    }
}

fn next(count: &AtomicU64) -> u64 {
    count.fetch_add(1, Ordering::Relaxed) + 1
}

fn counted(number: u64) -> Uuid {
    // In front of the number stand the two bits that tell which kind of UUID this is.
    let (version, variant) = (0x7000, 0b10 << 62);
    Uuid::from_u64_pair(version, variant | (number & (u64::MAX >> 2)))
}
