//! A database with a log to follow, and a read model.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use factos::EventLog;

use super::catch_up::{all_there, catch_up, insert_raw};
use super::kind::Kind;
use super::operation::{Handler, Notifications, Operation};
use crate::figures::Run;
use crate::history;
use crate::job::Job;
use crate::measure::Failure;
use crate::target::{States, Target};
use crate::work::Work;
use crate::worker::{Done, in_processes};

/// The log that is projected, to which nothing is added.
const MAIN: &str = "main";
/// The log of signals.
pub(super) const SIGNALS: &str = "signals";
/// The logs that only unconditional appends go to.
const NOTIFIED: &str = "notified";
const SILENT: &str = "silent";

const COURSES: u64 = 1_000;

/// A database that is ready to be measured.
pub(super) struct Site<K: Kind> {
    target: Target,
    events: u64,
    duration: Duration,
    main: EventLog,
    model: K::Model,
    /// What processes did that rebuilt a projection.
    rebuilt: Mutex<Vec<Done>>,
}

impl<K: Kind> Site<K> {
    /// Writes the history.
    pub(super) async fn prepare(
        target: &Target,
        events: u64,
        duration: Duration,
    ) -> Result<Self, Failure> {
        let main = target.open(MAIN, States::ReadAnew).await?;
        history::fill(&main, COURSES.min(events), events).await?;
        Ok(Self {
            target: target.clone(),
            events,
            duration,
            main,
            model: K::open(target).await?,
            rebuilt: Mutex::default(),
        })
    }

    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    pub(super) fn duration(&self) -> Duration {
        self.duration
    }

    /// A handle of its own, as another part of a program would not have it, and another process would.
    pub(super) async fn open(&self, log: &str) -> Result<EventLog, Failure> {
        self.target.open(log, States::Kept).await
    }

    /// Work for one client.
    pub(super) fn job(&self, log: &str, work: Work) -> Job {
        Job {
            target: self.target.clone(),
            log: log.into(),
            states: States::Kept,
            work,
            clients: 1,
            duration: self.duration,
        }
    }

    /// One run of one operation.
    pub(super) async fn measure(&self, operation: Operation) -> Result<Run, Failure> {
        match operation {
            Operation::RawInsert => insert_raw::<K>(&self.model, self.events).await,
            Operation::Read => {
                let events = self.events;
                let once = Duration::ZERO;
                Work::Replay { events }.run(&self.main, 1, once).await
            }
            Operation::CatchUp(handler) => self.catch_up(handler).await,
            Operation::Rebuild => self.rebuild().await,
            Operation::Deliver(to, reach, load) => self.deliver(to, reach, load).await,
            Operation::TakeOver(end) => self.take_over(end).await,
            Operation::Append(notifications, clients) => self.append(notifications, clients).await,
        }
    }

    async fn catch_up(&self, handler: Handler) -> Result<Run, Failure> {
        let (log, model, events) = (&self.main, &self.model, self.events);
        let (run, query) = match handler {
            Handler::Seats => {
                // The version that an earlier run has built has its place.
                log.projection(K::seats_anew(), model)?.reset().await?;
                let run = catch_up(log, K::seats(), model, events).await?;
                (run, "SELECT count(*) FROM seats")
            }
            Handler::Total => {
                let run = catch_up(log, K::total(), model, events).await?;
                (run, "SELECT number FROM total")
            }
            Handler::Singles => {
                let run = catch_up(log, K::singles(), model, events).await?;
                (run, "SELECT count(*) FROM singles")
            }
        };
        all_there::<K>(model, query, events).await?;
        Ok(run)
    }

    /// Beside the version that [`Handler::Seats`] has brought up to date.
    async fn rebuild(&self) -> Result<Run, Failure> {
        let (into, events) = (self.target.clone(), self.events);
        let job = self.job(MAIN, Work::Rebuild { into, events });
        let done = in_processes(&[job]).await?;
        let done = done.into_iter().next().ok_or("nothing was rebuilt")?;
        self.rebuilt().push(done);
        Ok(done.run)
    }

    async fn append(&self, notifications: Notifications, clients: usize) -> Result<Run, Failure> {
        let log = match notifications {
            Notifications::Used => self.open(NOTIFIED).await?,
            Notifications::Unused => self.target.open_silent(SILENT).await?,
        };
        let append = Work::Append { events: 1 };
        append.warm_up(&log, clients).await?;
        append.run(&log, clients, self.duration).await
    }

    /// The memory of the processes that rebuilt a projection, of all runs the most; `None` where the system does not tell.
    pub(super) fn memory(&self) -> Vec<(String, Option<u64>)> {
        let most =
            |memory: fn(&Done) -> Option<u64>| self.rebuilt().iter().filter_map(memory).max();
        let rebuild = |when| format!("{}, {when}", Operation::Rebuild);
        vec![
            (rebuild("before"), most(|done| done.memory_before)),
            (rebuild("at most"), most(|done| done.peak_memory)),
            (rebuild("after"), most(|done| done.memory_after)),
        ]
    }

    fn rebuilt(&self) -> std::sync::MutexGuard<'_, Vec<Done>> {
        self.rebuilt.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
