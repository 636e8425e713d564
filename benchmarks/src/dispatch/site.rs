//! A database with the histories that commands are decided on.

use std::time::Duration;

use factos::EventLog;

use super::{Clients, Operation, Scale};
use crate::figures::Run;
use crate::history;
use crate::job::Job;
use crate::measure::Failure;
use crate::raw::Raw;
use crate::sizes::Sizes;
use crate::target::{States, Target};
use crate::unique::unique;
use crate::work::Work;
use crate::worker::{Done, in_processes};

/// The log with all the courses.
const MAIN: &str = "main";
/// The log that nothing is added to.
const REPLAYED: &str = "replayed";
/// The log that only unconditional appends go to.
const APPENDED: &str = "appended";
/// The course of a log of its own that has many subscriptions.
const GROWN: &str = "grown";
/// The course whose seats are taken.
const FULL: &str = "full";
const FULL_SEATS: u32 = 10;

/// A database that is ready to be measured.
pub struct Site {
    target: Target,
    scale: Scale,
    duration: Duration,
    /// A handle on the log with all the courses, for what is not measured.
    main: EventLog,
    raw: Raw,
    size: Sizes,
}

impl Site {
    /// Writes the histories.
    ///
    /// # Errors
    /// The first failure.
    pub async fn prepare(
        target: &Target,
        scale: &Scale,
        duration: Duration,
    ) -> Result<Self, Failure> {
        let main = target.open(MAIN, States::ReadAnew).await?;
        let before = Sizes::of(target).await?;
        history::fill(&main, scale.courses, scale.history).await?;
        let size = Sizes::of(target).await?.since(before);
        history::define(&main, FULL, FULL_SEATS, FULL_SEATS.into()).await?;
        for subscriptions in scale.grown {
            let log = target.open(&grown(subscriptions), States::ReadAnew).await?;
            history::define(&log, GROWN, u32::MAX, subscriptions).await?;
        }
        let log = target.open(REPLAYED, States::ReadAnew).await?;
        history::fill(&log, scale.courses, scale.replayed).await?;
        Ok(Self {
            raw: Raw::beside(target).await?,
            target: target.clone(),
            scale: *scale,
            duration,
            main,
            size,
        })
    }

    /// What the history of the log with all the courses takes.
    pub fn size(&self) -> Sizes {
        self.size
    }

    /// One run of one operation.
    ///
    /// # Errors
    /// The first failure.
    pub async fn measure(&self, operation: Operation) -> Result<Run, Failure> {
        match operation {
            Operation::RawInsert { connections } => {
                self.raw.inserts(connections, self.duration).await
            }
            Operation::RawRead { events } => self.raw.events(REPLAYED, events, self.duration).await,
            Operation::SubscribeToAll(clients) => {
                self.by_clients(self.subscribe_to_all(), clients).await
            }
            Operation::SubscribeToOne(clients) => {
                let course = unique("one");
                history::define(&self.main, &course, u32::MAX, 0).await?;
                self.by_clients(self.job(MAIN, Work::SubscribeTo { course }), clients)
                    .await
            }
            Operation::TurnAway(clients) => {
                let course = FULL.into();
                self.by_clients(self.job(MAIN, Work::TurnAway { course }), clients)
                    .await
            }
            Operation::SubscribeToGrown {
                subscriptions,
                states,
            } => {
                let course = GROWN.into();
                let job = self.job(&grown(subscriptions), Work::SubscribeTo { course });
                self.by_clients(Job { states, ..job }, Clients::ONE).await
            }
            Operation::Replay { .. } => self.by_clients(self.replay(), Clients::ONE).await,
            Operation::ReplayByType { events } => {
                let job = self.job(REPLAYED, Work::ReplayByType { events });
                self.by_clients(job, Clients::ONE).await
            }
            Operation::Append { events } => {
                self.by_clients(self.job(APPENDED, Work::Append { events }), Clients::ONE)
                    .await
            }
        }
    }

    /// The most memory that processes have had which did nothing but this; `None` where the system does not tell.
    ///
    /// # Errors
    /// The first failure.
    pub async fn memory(&self) -> Result<Vec<(String, Option<u64>)>, Failure> {
        let subscribing = Job {
            clients: 16,
            ..self.subscribe_to_all()
        };
        let events = self.scale.replayed;
        let mut peaks = Vec::new();
        for (what, job) in [
            (Operation::SubscribeToAll(Clients::Here(16)), subscribing),
            (Operation::Replay { events }, self.replay()),
        ] {
            let done = in_processes(&[job]).await?;
            let peak = done
                .iter()
                .find_map(|Done { peak_memory, .. }| *peak_memory);
            peaks.push((what.to_string(), peak));
        }
        Ok(peaks)
    }

    fn subscribe_to_all(&self) -> Job {
        let courses = self.scale.courses;
        self.job(MAIN, Work::SubscribeToAll { courses })
    }

    fn replay(&self) -> Job {
        let events = self.scale.replayed;
        self.job(REPLAYED, Work::Replay { events })
    }

    /// Work for one client.
    fn job(&self, log: &str, work: Work) -> Job {
        Job {
            target: self.target.clone(),
            log: log.into(),
            states: States::Kept,
            work,
            clients: 1,
            duration: self.duration,
        }
    }

    async fn by_clients(&self, job: Job, clients: Clients) -> Result<Run, Failure> {
        match clients {
            Clients::Here(clients) => Job { clients, ..job }.prepare().await?.run().await,
            Clients::InTwoProcesses(clients) => {
                let job = Job { clients, ..job };
                let done = in_processes(&[job.clone(), job]).await?;
                let runs: Vec<Run> = done.iter().map(|done| done.run).collect();
                Ok(Run::together(&runs))
            }
        }
    }
}

/// The log whose one course has so many subscriptions.
fn grown(subscriptions: u64) -> String {
    format!("grown-{subscriptions}")
}
