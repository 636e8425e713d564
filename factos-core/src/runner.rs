//! The runner: everything that follows a log in this process, supervised.

mod health;
mod report;
mod status;
mod stop;
mod supervise;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

pub use health::{Health, PartHealth};
pub(crate) use report::Report;
pub use status::{PartState, PartStatus, RunnerStatus};
pub(crate) use stop::Stop;
use tokio::task::JoinSet;

use crate::error::InvalidOption;
use crate::log::EventLog;
use crate::observe;
use crate::projection::{
    Projection, ProjectionError, ProjectionHandle, ProjectionOptions, ProjectionPart,
    longer_than_zero,
};
use crate::reacting::{self, AsyncReactor, Handler, ReactorOptions, ReactorPart};
use crate::read_model::ReadModel;
use crate::store::BoxFuture;

/// How long a lease lasts unless it is renewed.
pub(crate) const DEFAULT_LEASE: Duration = Duration::from_secs(3);

const SHORTEST_LEASE: Duration = Duration::from_millis(100);

/// How often operators are told how far behind parts are.
const OBSERVED: Duration = Duration::from_secs(1);

/// How long parts may take to come to an end.
const DEFAULT_GRACE: Duration = Duration::from_secs(30);

/// Runs what follows a log: each part in a task of its own, which is started again when it fails or panics, while the others
/// go on.
///
/// Any number of processes may run the same parts: each part runs in one of them, which holds its lease. When that process
/// ends, another one goes on within a third of the lease's time; when it dies or hangs, a third of it after the lease has run
/// out. What it was about to commit is refused then.
#[must_use = "nothing runs until it is told to"]
pub struct Runner<C> {
    log: EventLog<C>,
    parts: Vec<Started>,
    lease: Duration,
    grace: Duration,
}

/// A part and what it tells.
struct Started {
    part: Arc<dyn Part>,
    report: Report,
}

/// Something that a runner runs.
pub(crate) trait Part: Send + Sync + 'static {
    fn name(&self) -> &'static str;
    fn version(&self) -> u32;
    /// Runs until it is stopped, or fails. It may be called again.
    fn run<'a>(&'a self, context: &'a PartContext) -> BoxFuture<'a, Result<(), ProjectionError>>;
}

/// What a part is given.
pub(crate) struct PartContext {
    pub(crate) report: Report,
    pub(crate) stop: Stop,
    pub(crate) lease: Duration,
}

impl PartContext {
    /// The pause before a lease is asked for again that another process has, with some jitter.
    pub(crate) fn until_asked_again(&self) -> Duration {
        (self.lease / 3).mul_f64(0.5 + fastrand::f64() / 2.0)
    }
}

impl<C> Runner<C> {
    /// A runner without parts.
    pub fn new(log: &EventLog<C>) -> Self {
        Self {
            log: log.clone(),
            parts: Vec::new(),
            lease: DEFAULT_LEASE,
            grace: DEFAULT_GRACE,
        }
    }

    /// Also keeps a projection up to date in a read model.
    ///
    /// # Errors
    /// When the runner has one of this name and version already, or its query is beyond the limits.
    pub fn project<M, P>(self, projection: P, model: &M) -> Result<Self, ProjectionError>
    where
        M: ReadModel,
        P: Projection<M::Connection>,
    {
        self.project_with(projection, model, ProjectionOptions::default())
    }

    /// The same with options: how many events a transaction takes, and what is done about one that fails.
    ///
    /// # Errors
    /// As [`project`](Self::project).
    pub fn project_with<M, P>(
        mut self,
        projection: P,
        model: &M,
        options: ProjectionOptions,
    ) -> Result<Self, ProjectionError>
    where
        M: ReadModel,
        P: Projection<M::Connection>,
    {
        self.is_new(P::NAME, P::VERSION)?;
        let log = self.log.clone().untyped();
        let handle = ProjectionHandle::new(log, projection, model, options)?;
        self.add(ProjectionPart::new(handle));
        Ok(self)
    }

    /// Also handles events by a reactor, which keeps in a read model how far it has come, and what it has parked.
    ///
    /// # Errors
    /// When the runner has one of this name already, or its query is beyond the limits.
    pub fn react<M: ReadModel, R: AsyncReactor>(
        self,
        reactor: R,
        model: &M,
    ) -> Result<Self, ProjectionError> {
        self.react_with(reactor, model, ReactorOptions::default())
    }

    /// The same with options: where it begins, how many events it handles at once, and what is done about one that fails.
    ///
    /// # Errors
    /// As [`react`](Self::react).
    pub fn react_with<M: ReadModel, R: AsyncReactor>(
        mut self,
        reactor: R,
        model: &M,
        options: ReactorOptions,
    ) -> Result<Self, ProjectionError> {
        self.is_new(R::NAME, reacting::VERSION)?;
        let query = reactor.query()?;
        query.check()?;
        let handler = Handler {
            log: self.log.clone().untyped(),
            reactor,
            options,
        };
        self.add(ReactorPart::new(handler, model.clone(), query));
        Ok(self)
    }

    fn is_new(&self, name: &'static str, version: u32) -> Result<(), ProjectionError> {
        let is_known = |it: &Started| it.part.name() == name && it.part.version() == version;
        if self.parts.iter().any(is_known) {
            return Err(ProjectionError::Twice { name, version });
        }
        Ok(())
    }

    fn add(&mut self, part: impl Part) {
        let report = Report::new(self.log.clone().untyped(), part.name(), part.version());
        let part = Arc::new(part);
        self.parts.push(Started { part, report });
    }

    /// How long a lease lasts that is not renewed. A part rests for a third longer at most when its process dies; 3 seconds by
    /// default. It is renewed three times in this time, and must be longer than any pause of a process in good order.
    ///
    /// # Errors
    /// When it is shorter than 100 ms.
    pub fn lease(mut self, time: Duration) -> Result<Self, InvalidOption> {
        if time < SHORTEST_LEASE {
            return Err(InvalidOption {
                option: "lease",
                value: format!("{time:?}"),
                rule: "it takes at least 100 ms",
            });
        }
        self.lease = time;
        Ok(self)
    }

    /// How long parts may take to come to an end once the runner is told to; 30 seconds by default. What is under way then is
    /// rolled back.
    ///
    /// # Errors
    /// When it is zero.
    pub fn grace(mut self, time: Duration) -> Result<Self, InvalidOption> {
        self.grace = longer_than_zero("grace", time)?;
        Ok(self)
    }

    /// How its parts are doing, also while it runs.
    pub fn status(&self) -> RunnerStatus {
        RunnerStatus::new(self.parts.iter().map(|it| it.report.clone()).collect())
    }

    /// Runs all parts until `shutdown` is there, and then lets them finish what they are at. Answers how they were doing at
    /// the end.
    ///
    /// A part that stops for good, such as for an event that it cannot apply, keeps neither the others nor the runner from
    /// going on: [`RunnerStatus::health`] tells. Dropped, it ends at once; what was not committed is rolled back.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send) -> Vec<PartStatus> {
        let status = self.status();
        // Parts that another process runs do not read, and are to tell how far behind they are.
        let _following = self.log.follow();
        let (stopper, stop) = Stop::new();
        let mut parts = JoinSet::new();
        for Started { part, report } in self.parts {
            let context = PartContext {
                report,
                stop: stop.clone(),
                lease: self.lease,
            };
            parts.spawn(supervise::supervise(part, context));
        }
        tokio::select! {
            () = shutdown => {}
            never = status.observe() => match never {},
        }
        observe::runner_stops(parts.len());
        stopper.stop();
        let ended = async { while parts.join_next().await.is_some() {} };
        // Dropped behind that, they end at once, or, where one blocks its thread, when it lets go of it.
        let _ = tokio::time::timeout(self.grace, ended).await;
        status.parts()
    }
}

impl<C> fmt::Debug for Runner<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner")
            .field("parts", &self.status().parts())
            .finish_non_exhaustive()
    }
}
