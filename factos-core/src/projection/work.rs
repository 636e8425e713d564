//! A projection at work: under a lease, from its checkpoint on.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use super::apply::{Applier, Attempt, Beside};
use super::keep::LeaseKeeper;
use super::{Projection, ProjectionError};
use crate::checkpoint::Checkpoint;
use crate::event::Recorded;
use crate::log::{AnyConnection, EventLog};
use crate::observe;
use crate::position::Position;
use crate::query::Query;
use crate::read_model::{Claim, Consumer, GoLive, Lease, Phase, ReadModel, ReadModelTransaction};
use crate::runner::{Report, Stop};
use crate::store::{Cause, StoreError};
use crate::subscription::{Batch, Feed};

/// How long a checkpoint that moved past events of no interest waits to be saved.
const SAVE_WITHIN: Duration = Duration::from_millis(100);

/// How far a projection is to work.
#[derive(Debug, Clone, Copy)]
pub(super) enum Until {
    /// Until it is stopped.
    Stopped,
    /// Up to this position, and until it is live.
    Reached(Position),
}

/// A projection, ready to be run once it has a lease.
pub(super) struct Work<P, M> {
    pub(super) log: EventLog,
    pub(super) applier: Applier<P, M>,
    pub(super) consumer: Consumer,
    pub(super) query: Query,
}

/// What came of asking for the lease.
pub(super) enum Asked<'w, P, M> {
    Leased(Box<Leased<'w, P, M>>),
    /// Another process has it, and has come so far.
    Taken(Position),
}

impl<M: ReadModel, P: Projection<M::Connection>> Work<P, M> {
    /// Asks for the lease.
    pub(super) async fn ask<'w>(
        &'w self,
        owner: Uuid,
        time: Duration,
        (report, stop): (&'w Report, &'w Stop),
    ) -> Result<Asked<'w, P, M>, ProjectionError> {
        let claim = self.applier.model.claim(&self.consumer, owner, time).await;
        let (lease, checkpoint, phase) = match claim? {
            Claim::Held {
                lease,
                checkpoint,
                phase,
            } => (lease, checkpoint, phase),
            Claim::Taken { position } => return Ok(Asked::Taken(position)),
            Claim::Superseded { by } => return Err(ProjectionError::Superseded { by }),
        };
        observe::leased(P::NAME, P::VERSION, checkpoint.position.get());
        Ok(Asked::Leased(Box::new(Leased {
            keeper: LeaseKeeper::start(
                self.applier.model.clone(),
                lease.clone(),
                checkpoint.position,
            ),
            work: self,
            lease,
            phase,
            saved: checkpoint,
            at: checkpoint,
            report,
            stop,
        })))
    }
}

/// A projection at work under a lease.
pub(super) struct Leased<'w, P, M> {
    pub(super) work: &'w Work<P, M>,
    lease: Lease,
    keeper: LeaseKeeper,
    phase: Phase,
    /// The checkpoint in the read model.
    saved: Checkpoint,
    /// How far the rows are right: ahead of what is saved where events were of no interest.
    pub(super) at: Checkpoint,
    pub(super) report: &'w Report,
    pub(super) stop: &'w Stop,
}

/// What is to be done next.
enum Next {
    Stop,
    LeaseLost,
    Retry,
    Save,
    Batch(Batch),
}

impl<M: ReadModel, P: Projection<M::Connection>> Leased<'_, P, M> {
    /// Works until it is stopped, has reached what it was to reach, or fails; gives the lease back in any case.
    pub(super) async fn run(mut self, until: Until) -> Result<(), ProjectionError> {
        // What was known here before may not be there any more.
        self.announce(self.at.position);
        let outcome = self.follow(until).await;
        self.keeper.stop();
        // From now on the read model is to be asked.
        self.announce(Position::START);
        // When it cannot be given back, it runs out by itself.
        let _ = self.work.applier.model.release(&self.lease).await;
        outcome
    }

    async fn follow(&mut self, until: Until) -> Result<(), ProjectionError> {
        self.set_up().await?;
        let mut feed = Feed::new(self.work.log.clone(), self.work.query.clone(), self.at)
            .largest_page(self.work.applier.options.batch);
        self.report.works(self.phase);
        self.report.reached(self.at.position);
        let mut unsaved_since = None;
        loop {
            if self.phase == Phase::Building && feed.is_caught_up() {
                self.save().await?;
                self.go_live().await?;
            }
            if let Until::Reached(position) = until
                && self.at.position >= position
                && self.phase == Phase::Live
            {
                return self.save().await;
            }
            if self.at == self.saved {
                unsaved_since = None;
            } else {
                unsaved_since.get_or_insert_with(Instant::now);
            }
            match self.next(&mut feed, unsaved_since).await? {
                Next::Stop => return self.leave(until).await,
                Next::LeaseLost => return Err(ProjectionError::LeaseLost),
                Next::Retry => self.retry_parked().await?,
                Next::Save => self.save().await?,
                Next::Batch(batch) => self.take(batch).await?,
            }
        }
    }

    async fn next(
        &self,
        feed: &mut Feed<AnyConnection>,
        unsaved_since: Option<Instant>,
    ) -> Result<Next, ProjectionError> {
        let save_at = unsaved_since.map(|since| since + SAVE_WITHIN);
        let save = async {
            match save_at {
                Some(moment) => sleep_until(moment).await,
                None => std::future::pending().await,
            }
        };
        Ok(tokio::select! {
            biased;
            () = self.stop.stopped() => Next::Stop,
            () = self.keeper.lost() => Next::LeaseLost,
            () = self.keeper.retries() => Next::Retry,
            () = save => Next::Save,
            batch = feed.next() => Next::Batch(batch?),
        })
    }

    async fn leave(&mut self, until: Until) -> Result<(), ProjectionError> {
        self.save().await?;
        match until {
            Until::Stopped => Ok(()),
            Until::Reached(_) => Err(ProjectionError::Stopped),
        }
    }

    /// Makes the tables of a version that is new.
    async fn set_up(&mut self) -> Result<(), ProjectionError> {
        if self.phase != Phase::New {
            return Ok(());
        }
        let applier = &self.work.applier;
        let mut transaction = applier.model.begin().await?;
        let db = transaction.connection();
        if let Err(failure) = applier.projection.set_up(db, &applier.tables).await {
            transaction.roll_back().await?;
            return Err(ProjectionError::SetUp(Cause::from(failure)));
        }
        let phase = transaction.set_up(&self.lease, &applier.tables).await?;
        self.phase = phase.ok_or(ProjectionError::LeaseLost)?;
        Ok(transaction.commit().await?)
    }

    /// Takes the place of the version that is live, unless that one is ahead.
    async fn go_live(&mut self) -> Result<(), ProjectionError> {
        let applier = &self.work.applier;
        let mut transaction = applier.model.begin().await?;
        match transaction.go_live(&self.lease, &applier.tables).await? {
            GoLive::Live => transaction.commit().await?,
            GoLive::Behind(_) => return Ok(transaction.roll_back().await?),
            GoLive::Lost => return Err(ProjectionError::LeaseLost),
        }
        self.phase = Phase::Live;
        observe::went_live(P::NAME, P::VERSION);
        self.report.works(self.phase);
        if let Err(error) = applier.model.drop_retired(P::NAME).await {
            observe::not_dropped(P::NAME, &error);
        }
        Ok(())
    }

    /// Saves the checkpoint when it has moved past events of no interest.
    async fn save(&mut self) -> Result<(), ProjectionError> {
        if self.at == self.saved {
            return Ok(());
        }
        self.commit(&[], self.at).await.map_err(given_up)
    }

    /// Applies events and moves the checkpoint behind them, in one transaction.
    pub(super) async fn commit(
        &mut self,
        events: &[Recorded<P::Event>],
        to: Checkpoint,
    ) -> Result<(), Attempt> {
        let from = self.saved.position;
        self.transact(events, Beside::Advance { from, to }).await?;
        self.moved(to);
        Ok(())
    }

    pub(super) async fn transact(
        &self,
        events: &[Recorded<P::Event>],
        beside: Beside<'_>,
    ) -> Result<(), Attempt> {
        let applier = &self.work.applier;
        applier.transact(&self.lease, events, beside).await
    }

    /// The checkpoint in the read model.
    pub(super) fn saved(&self) -> Checkpoint {
        self.saved
    }

    /// The checkpoint was saved.
    pub(super) fn moved(&mut self, to: Checkpoint) {
        self.saved = to;
        self.keeper.saved(to.position);
        self.passed(to);
    }

    /// The rows are right up to here.
    pub(super) fn passed(&mut self, to: Checkpoint) {
        self.at = to;
        self.report.reached(to.position);
        self.announce(to.position);
    }

    /// Tells those of this process who wait.
    fn announce(&self, position: Position) {
        let progress = self.work.applier.model.progress();
        progress.announce(P::NAME, P::VERSION, position);
    }
}

/// A transaction without events that was not committed, or one that is not tried again.
pub(super) fn given_up(attempt: Attempt) -> ProjectionError {
    match attempt {
        Attempt::Failed(failure) => ProjectionError::Store(StoreError::Other(Cause::from(failure))),
        Attempt::LeaseLost => ProjectionError::LeaseLost,
        Attempt::Store(error) => error.into(),
    }
}
