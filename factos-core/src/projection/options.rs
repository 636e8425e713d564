//! How a projection is run.

use std::time::Duration;

use crate::error::InvalidOption;

/// What becomes of an event that a projection fails on again and again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnFailure {
    /// The projection stops in front of it, which its status and its runner's health tell. Nothing is missed: once it is
    /// corrected, it goes on with that event.
    #[default]
    Stop,
    /// The event is parked beside the read model with its error, and the projection goes on: see
    /// [`ProjectionHandle::parked`](crate::ProjectionHandle::parked).
    Park,
}

/// How a projection is run. See [`Runner::project_with`](crate::Runner::project_with).
///
/// ```
/// use factos_core::{OnFailure, ProjectionOptions};
///
/// let options = ProjectionOptions::default().on_failure(OnFailure::Park).attempts(3)?;
/// assert!(ProjectionOptions::default().batch(0).is_err());
/// # Ok::<(), factos_core::InvalidOption>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ProjectionOptions {
    pub(super) batch: u32,
    pub(super) attempts: u32,
    pub(super) backoff: Duration,
    pub(super) timeout: Duration,
    pub(super) on_failure: OnFailure,
}

impl Default for ProjectionOptions {
    fn default() -> Self {
        Self {
            batch: 1_000,
            attempts: 5,
            backoff: Duration::from_millis(100),
            timeout: Duration::from_mins(1),
            on_failure: OnFailure::default(),
        }
    }
}

impl ProjectionOptions {
    /// For a test, in which what fails fails at once.
    pub(crate) fn of_a_test() -> Self {
        Self {
            attempts: 1,
            ..Self::default()
        }
    }

    /// The most events that one transaction takes; 1,000 by default.
    ///
    /// # Errors
    /// When it is 0.
    pub fn batch(mut self, events: u32) -> Result<Self, InvalidOption> {
        self.batch = at_least_one("batch", events)?;
        Ok(self)
    }

    /// How often an event is tried alone, behind an attempt with the others of its batch, before it is parked, or the projection
    /// stops; 5 by default.
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

    /// How long the events of one transaction may take, until they count as failed; a minute by default.
    ///
    /// # Errors
    /// When it is zero.
    pub fn timeout(mut self, timeout: Duration) -> Result<Self, InvalidOption> {
        self.timeout = longer_than_zero("timeout", timeout)?;
        Ok(self)
    }

    /// What becomes of an event that failed in each attempt; by default the projection stops in front of it.
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

/// The pause behind so many failures: it doubles, with some jitter.
pub(crate) fn pause(first: Duration, failures: u32) -> Duration {
    const LONGEST: Duration = Duration::from_mins(1);
    let doubled = first.saturating_mul(1 << failures.saturating_sub(1).min(16));
    doubled.min(LONGEST).mul_f64(0.5 + fastrand::f64() / 2.0)
}

pub(crate) fn at_least_one(option: &'static str, value: u32) -> Result<u32, InvalidOption> {
    if value == 0 {
        return Err(InvalidOption {
            option,
            value: "0".into(),
            rule: "it takes at least 1",
        });
    }
    Ok(value)
}

pub(crate) fn longer_than_zero(
    option: &'static str,
    value: Duration,
) -> Result<Duration, InvalidOption> {
    if value.is_zero() {
        return Err(InvalidOption {
            option,
            value: "0 s".into(),
            rule: "it takes longer than zero",
        });
    }
    Ok(value)
}
