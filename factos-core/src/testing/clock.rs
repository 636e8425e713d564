//! A clock that tests set by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::time::{Clock, Timestamp};

/// Stands still until it is moved. Clones are hands of the same clock.
///
/// ```
/// use std::time::Duration;
/// use factos_core::testing::ManualClock;
/// use factos_core::{Clock, EventLog, LogOptions, MemoryStore, Timestamp};
///
/// let clock = ManualClock::at(Timestamp::from_micros(0));
/// let log = EventLog::with_options(MemoryStore::new(), LogOptions::default().clock(clock.clone()));
/// clock.advance(Duration::from_hours(72));
/// assert_eq!(clock.now().to_string(), "1970-01-04T00:00:00.000000Z");
/// # drop(log);
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// A clock that shows this time.
    pub fn at(time: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(time.as_micros())))
    }

    /// Shows this time from now on.
    pub fn set(&self, time: Timestamp) {
        self.0.store(time.as_micros(), Ordering::SeqCst);
    }

    /// Moves on.
    pub fn advance(&self, duration: Duration) {
        self.set(self.now() + duration);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}
