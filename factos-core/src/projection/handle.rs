//! A projection of a log into a read model: waited for, looked at, brought up to date by hand.

use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};
use uuid::Uuid;

use super::apply::Applier;
use super::work::{Asked, Until, Work};
use super::{Projection, ProjectionError, ProjectionOptions, Tables};
use crate::checkpoint::Checkpoint;
use crate::log::EventLog;
use crate::position::Position;
use crate::read_model::{Consumer, ConsumerVersion, Parked, Phase, ReadModel, answered};
use crate::runner::{DEFAULT_LEASE, Report, Stop};
use crate::store::ReadRequest;
use crate::subscription::anchor;

/// How often a read model is asked how far a projection has come that another process runs.
const ASK_AGAIN: Duration = Duration::from_millis(20);

/// A projection of a log into a read model; made by [`EventLog::projection`]. It runs nothing by itself: see
/// [`Runner`](crate::Runner).
pub struct ProjectionHandle<P, M> {
    work: Work<P, M>,
    /// Who brings it up to date by hand.
    owner: Uuid,
}

impl<M: ReadModel, P: Projection<M::Connection>> ProjectionHandle<P, M> {
    pub(crate) fn new(
        log: EventLog,
        projection: P,
        model: &M,
        options: ProjectionOptions,
    ) -> Result<Self, ProjectionError> {
        let query = projection.query()?;
        query.check()?;
        let consumer = Consumer {
            name: P::NAME.into(),
            version: P::VERSION,
            tables: P::TABLES.iter().map(|&table| table.into()).collect(),
            start: Checkpoint::start(log.info().identity()),
        };
        Ok(Self {
            owner: Uuid::now_v7(),
            work: Work {
                log,
                consumer,
                query,
                applier: Applier {
                    projection,
                    model: model.clone(),
                    tables: Tables::new(P::VERSION, P::TABLES),
                    options,
                },
            },
        })
    }

    /// The same, brought up to date with these options.
    #[must_use]
    pub fn with_options(mut self, options: ProjectionOptions) -> Self {
        self.work.applier.options = options;
        self
    }

    pub(super) fn into_work(self) -> Work<P, M> {
        self.work
    }

    fn model(&self) -> &M {
        &self.work.applier.model
    }

    /// Waits until what readers see has come to a position, such as that of an event that was just accepted: then they read
    /// their own writes.
    ///
    /// # Errors
    /// [`ProjectionError::Timeout`], with how far it has come, when it takes longer; [`ProjectionError::Store`] when the read
    /// model cannot be asked.
    pub async fn wait_for(
        &self,
        position: Position,
        time: Duration,
    ) -> Result<(), ProjectionError> {
        let deadline = Instant::now() + time.min(Duration::from_hours(24 * 365));
        let mut reached = Position::START;
        let mut here = self.model().progress().watch(P::NAME, P::VERSION);
        loop {
            let versions = timeout_at(deadline, self.versions()).await;
            let Ok(versions) = versions else {
                return Err(ProjectionError::Timeout {
                    wanted: position,
                    reached,
                });
            };
            let live = versions?
                .into_iter()
                .find(|version| version.phase == Phase::Live);
            if let Some(live) = live {
                reached = live.checkpoint.position;
            }
            let is_here = live.is_some_and(|live| live.version == P::VERSION);
            if is_here {
                reached = reached.max(*here.borrow_and_update());
            }
            if reached >= position {
                return Ok(());
            }
            if Instant::now() >= deadline {
                return Err(ProjectionError::Timeout {
                    wanted: position,
                    reached,
                });
            }
            // This process tells at once how far it has come; another one has to be asked.
            let ask = deadline.min(Instant::now() + ASK_AGAIN);
            tokio::select! {
                // It was live before it came so far. A version that has taken its place since then was not behind it.
                Ok(_) = here.wait_for(|here| *here >= position), if is_here => return Ok(()),
                () = sleep_until(ask) => {}
            }
        }
    }

    /// The versions that the read model knows, the lowest first: how far each has come, and which one readers see.
    ///
    /// # Errors
    /// When the read model cannot be asked.
    pub async fn versions(&self) -> Result<Vec<ConsumerVersion>, ProjectionError> {
        Ok(answered(self.model().versions(P::NAME)).await?)
    }

    /// Applies everything that the log holds now, and answers how far that is. A version that is new is made first; one that
    /// takes the place of another goes live at the end. What was done stays done when it is dropped, or fails: called again,
    /// it goes on from there.
    ///
    /// # Errors
    /// [`ProjectionError::RunsElsewhere`] when a runner has it; otherwise what keeps it from going on.
    pub async fn catch_up(&self) -> Result<Position, ProjectionError> {
        self.catch_up_with(|_| {}).await
    }

    /// The same, and tells after each transaction how far it has come, such as for a progress bar.
    ///
    /// # Errors
    /// As [`catch_up`](Self::catch_up).
    pub async fn catch_up_with(
        &self,
        told: impl Fn(CatchUp) + Send + Sync + 'static,
    ) -> Result<Position, ProjectionError> {
        let snapshot = anchor::read(&self.work.log, ReadRequest::default()).await?;
        let head = snapshot.head;
        let tell = move |position| told(CatchUp { position, head });
        let report = Report::telling(self.work.log.clone(), (P::NAME, P::VERSION), tell);
        let stop = Stop::never();
        let asked = self.work.ask(self.owner, DEFAULT_LEASE, (&report, &stop));
        match asked.await? {
            Asked::Taken(_) => Err(ProjectionError::RunsElsewhere),
            Asked::Leased(leased) => {
                Box::pin(leased.run(Until::Reached(head))).await?;
                Ok(head)
            }
        }
    }

    /// The events that were parked, in the order of their positions.
    ///
    /// # Errors
    /// When the read model cannot be asked.
    pub async fn parked(&self) -> Result<Vec<Parked>, ProjectionError> {
        Ok(answered(self.model().parked(P::NAME, P::VERSION)).await?)
    }

    /// Has a parked event applied again by whoever runs the projection, soon. When it fails, it is parked again. `false` when
    /// no event of this position is parked.
    ///
    /// Later events were applied already: the projection sees this one behind them.
    ///
    /// # Errors
    /// When the read model cannot be asked.
    pub async fn retry_parked(&self, position: Position) -> Result<bool, ProjectionError> {
        let retried = self.model().retry(P::NAME, P::VERSION, position);
        Ok(answered(retried).await?)
    }

    /// Forgets a parked event for good. `false` when no event of this position is parked.
    ///
    /// # Errors
    /// When the read model cannot be asked.
    pub async fn drop_parked(&self, position: Position) -> Result<bool, ProjectionError> {
        let dropped = self.model().drop_parked(P::NAME, P::VERSION, position);
        Ok(answered(dropped).await?)
    }

    /// Drops this version's tables and all that is known of it: whoever runs it makes them anew, from the first event on. For
    /// a log that was restored, or rows that were damaged; to change what a projection does, give it a higher version, which
    /// its readers do not notice.
    ///
    /// # Errors
    /// When the read model cannot be asked.
    pub async fn reset(&self) -> Result<(), ProjectionError> {
        answered(self.model().forget(P::NAME, P::VERSION)).await?;
        let progress = self.model().progress();
        progress.announce(P::NAME, P::VERSION, Position::START);
        Ok(())
    }
}

/// How far a projection has caught up. See [`ProjectionHandle::catch_up_with`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CatchUp {
    /// How far it has come.
    pub position: Position,
    /// Where the log ended when it began.
    pub head: Position,
}
