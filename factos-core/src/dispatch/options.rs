//! How much a log remembers of the facts that it has folded.

use std::time::Duration;

use crate::error::InvalidOption;

/// How much folded state a log keeps in memory, so that facts that were asked for before need no read.
///
/// A state that is kept is never trusted blindly: the store confirms it with every decision that rests on it.
///
/// ```
/// use std::time::Duration;
/// use factos_core::{LogOptions, StateCache};
/// let small = StateCache::bytes(1 << 20).idle(Duration::from_secs(60))?;
/// let small = LogOptions::default().state_cache(small);
/// let none = LogOptions::default().state_cache(StateCache::off());
/// # Ok::<(), factos_core::InvalidOption>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateCache {
    pub(crate) bytes: u64,
    pub(crate) idle: Duration,
}

const DEFAULT_BYTES: u64 = 64 << 20;
const DEFAULT_IDLE: Duration = Duration::from_mins(5);
/// What is longer is for ever.
const LONGEST_IDLE: Duration = Duration::from_hours(24 * 365 * 100);

impl StateCache {
    /// At most about so many bytes of states.
    #[must_use]
    pub fn bytes(bytes: u64) -> Self {
        Self {
            bytes,
            idle: DEFAULT_IDLE,
        }
    }

    /// Nothing is kept: each dispatch reads its facts.
    #[must_use]
    pub fn off() -> Self {
        Self::bytes(0)
    }

    /// Drops a state that nothing has asked for in this time; 5 minutes by default.
    ///
    /// # Errors
    /// When it is no time at all.
    pub fn idle(mut self, idle: Duration) -> Result<Self, InvalidOption> {
        if idle.is_zero() {
            return Err(InvalidOption {
                option: "idle",
                value: format!("{idle:?}"),
                rule: "it takes more than nothing; `StateCache::off()` keeps nothing",
            });
        }
        self.idle = idle.min(LONGEST_IDLE);
        Ok(self)
    }
}

/// 64 MiB, each state for 5 minutes after it was last asked for.
impl Default for StateCache {
    fn default() -> Self {
        Self::bytes(DEFAULT_BYTES)
    }
}
