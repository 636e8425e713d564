//! How a reactor is run.

use std::time::Duration;

use crate::error::InvalidOption;
use crate::projection::{OnFailure, at_least_one, longer_than_zero, pause};

/// Where a reactor begins that was not run before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Start {
    /// With the first event that is appended after it was run first: what happened before is let be.
    #[default]
    Now,
    /// With the log's first event.
    Beginning,
}

/// How a reactor is run. See [`Runner::react_with`](crate::Runner::react_with).
///
/// ```
/// use factos_core::{ReactorOptions, Start};
///
/// let options = ReactorOptions::default().start(Start::Beginning).parallel(4)?;
/// assert!(ReactorOptions::default().parallel(0).is_err());
/// # Ok::<(), factos_core::InvalidOption>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ReactorOptions {
    pub(super) start: Start,
    pub(super) parallel: u32,
    pub(super) attempts: u32,
    pub(super) backoff: Duration,
    pub(super) timeout: Duration,
    pub(super) on_failure: OnFailure,
}

impl Default for ReactorOptions {
    fn default() -> Self {
        Self {
            start: Start::default(),
            parallel: 16,
            attempts: 5,
            backoff: Duration::from_millis(100),
            timeout: Duration::from_mins(1),
            on_failure: OnFailure::Park,
        }
    }
}

impl ReactorOptions {
    /// Where it begins when it was not run before; with what is appended from then on, unless it is said.
    #[must_use]
    pub fn start(mut self, start: Start) -> Self {
        self.start = start;
        self
    }

    /// How many events are handled at once; 16 by default. Those of one [order key](crate::AsyncReactor::order_key) are handled
    /// one behind the other anyway.
    ///
    /// # Errors
    /// When it is 0.
    pub fn parallel(mut self, events: u32) -> Result<Self, InvalidOption> {
        self.parallel = at_least_one("parallel", events)?;
        Ok(self)
    }

    /// How often an event is tried before it is parked, or the reactor stops; 5 by default.
    ///
    /// # Errors
    /// When it is 0.
    pub fn attempts(mut self, attempts: u32) -> Result<Self, InvalidOption> {
        self.attempts = at_least_one("attempts", attempts)?;
        Ok(self)
    }

    /// The pause behind the first failure, which doubles with each one up to a minute; 100 ms by default.
    ///
    /// # Errors
    /// When it is zero.
    pub fn backoff(mut self, first: Duration) -> Result<Self, InvalidOption> {
        self.backoff = longer_than_zero("backoff", first)?;
        Ok(self)
    }

    /// How long the reactor may take for an event, until that counts as a failure; a minute by default.
    ///
    /// # Errors
    /// When it is zero.
    pub fn timeout(mut self, timeout: Duration) -> Result<Self, InvalidOption> {
        self.timeout = longer_than_zero("timeout", timeout)?;
        Ok(self)
    }

    /// What becomes of an event that failed in each attempt; by default it is parked, so that it holds up no other.
    #[must_use]
    pub fn on_failure(mut self, on_failure: OnFailure) -> Self {
        self.on_failure = on_failure;
        self
    }

    /// The pause behind so many failed attempts.
    pub(super) fn pause(&self, failures: u32) -> Duration {
        pause(self.backoff, failures)
    }
}
