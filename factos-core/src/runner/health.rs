//! The health of a runner, as a web service answers it.

use serde::Serialize;

use super::status::{PartState, PartStatus};

/// Whether all parts of a runner are well. It serializes to what a health endpoint can answer.
///
/// ```
/// # use factos_core::{EventLog, MemoryStore, Runner};
/// let runner = Runner::new(&EventLog::new(MemoryStore::new()));
/// let health = runner.status().health();
/// assert!(health.is_healthy);
/// assert_eq!(serde_json::to_string(&health)?, r#"{"is_healthy":true,"parts":[]}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Health {
    /// Whether no part has stopped for good, and none is being tried again after a failure. One that a higher version has
    /// taken the place of is as it should be.
    pub is_healthy: bool,
    /// Each part.
    pub parts: Vec<PartHealth>,
}

/// The health of a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PartHealth {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: u32,
    /// What it is doing, in a word: `running`, `waiting`, `retrying` …
    pub state: PartState,
    /// How far it has come.
    pub position: u64,
    /// How many events of the log it has not passed yet.
    pub lag: u64,
    /// How long the oldest of them waits, in milliseconds.
    pub behind_millis: u64,
    /// How often it has failed.
    pub failures: u64,
    /// How many events it has parked since it was started.
    pub parked: u64,
    /// How long it runs, in milliseconds.
    pub uptime_millis: u64,
}

impl Health {
    pub(super) fn of(parts: &[PartStatus]) -> Self {
        let is_well =
            |part: &PartStatus| !matches!(part.state, PartState::Stopped | PartState::Retrying);
        Self {
            is_healthy: parts.iter().all(is_well),
            parts: parts.iter().map(PartHealth::of).collect(),
        }
    }
}

impl PartHealth {
    /// Errors are left out: they may hold what a health endpoint should not tell.
    fn of(part: &PartStatus) -> Self {
        let millis =
            |time: std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Self {
            name: part.name,
            version: part.version,
            state: part.state,
            position: part.position.get(),
            lag: part.lag(),
            behind_millis: millis(part.behind),
            failures: part.failures,
            parked: part.parked,
            uptime_millis: millis(part.uptime),
        }
    }
}
