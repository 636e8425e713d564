//! What one process does: the same here and in a worker.

use std::time::Duration;

use factos::EventLog;
use serde::{Deserialize, Serialize};

use crate::figures::Run;
use crate::measure::Failure;
use crate::target::{States, Target};
use crate::work::Work;

/// Work for some clients of one log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    pub target: Target,
    /// The log's name.
    pub log: String,
    pub states: States,
    pub work: Work,
    pub clients: usize,
    pub duration: Duration,
}

/// A job whose log is open, with connections that know its statements.
pub struct Ready {
    job: Job,
    log: EventLog,
}

impl Job {
    /// Opens the log by a handle of its own, and warms it up.
    ///
    /// # Errors
    /// The first failure.
    pub async fn prepare(self) -> Result<Ready, Failure> {
        let log = self.target.open(&self.log, self.states).await?;
        self.work.warm_up(&log, self.clients).await?;
        Ok(Ready { job: self, log })
    }
}

impl Ready {
    /// The log that is open.
    pub fn log(&self) -> &EventLog {
        &self.log
    }

    /// Does it.
    ///
    /// # Errors
    /// The first failure.
    pub async fn run(self) -> Result<Run, Failure> {
        let Job {
            work,
            clients,
            duration,
            ..
        } = self.job;
        work.run(&self.log, clients, duration).await
    }
}
