//! How the parts of a runner are doing.

use std::convert::Infallible;
use std::time::Duration;

use super::OBSERVED;
use super::health::Health;
use super::report::Report;
use crate::position::Position;

/// How the parts of a runner are doing; made by [`Runner::status`](crate::Runner::status). Clones look at the same runner.
#[derive(Debug, Clone)]
pub struct RunnerStatus(Vec<Report>);

/// What a part is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PartState {
    /// It was not begun yet.
    Starting,
    /// Another process runs it.
    Waiting,
    /// It builds a new version beside the one that is live.
    Building,
    /// It follows the log.
    Running,
    /// It failed, and is tried again after a pause.
    Retrying,
    /// It failed for good: see the error.
    Stopped,
    /// A higher version has taken its place.
    Superseded,
    /// The runner was told to stop.
    Ended,
}

/// How a part is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartStatus {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: u32,
    /// What it is doing.
    pub state: PartState,
    /// How far it has come.
    pub position: Position,
    /// Where the log ends, as far as this process has seen.
    pub head: Position,
    /// How long the oldest event waits that it has not handled, as far as it is known; zero when it has handled all.
    pub behind: Duration,
    /// How often it has failed, on an event or altogether.
    pub failures: u64,
    /// How many events it has parked since it was started.
    pub parked: u64,
    /// What it failed with last.
    pub last_error: Option<String>,
    /// How long this process has been running it, or has been waiting to.
    pub uptime: Duration,
}

impl PartStatus {
    /// How many events of the log it has not passed yet, of interest to it or not.
    pub fn lag(&self) -> u64 {
        self.head.get().saturating_sub(self.position.get())
    }
}

impl RunnerStatus {
    pub(super) fn new(reports: Vec<Report>) -> Self {
        Self(reports)
    }

    /// Tells operators how far behind each part is, again and again.
    pub(super) async fn observe(&self) -> Infallible {
        loop {
            self.0.iter().for_each(Report::observe);
            tokio::time::sleep(OBSERVED).await;
        }
    }

    /// How each part is doing now.
    pub fn parts(&self) -> Vec<PartStatus> {
        self.0.iter().map(Report::status).collect()
    }

    /// The same in a form that a web service can answer.
    pub fn health(&self) -> Health {
        Health::of(&self.parts())
    }
}
