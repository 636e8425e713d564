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
use crate::read_model::{
    Claim, Consumer, GoLive, Lease, Phase, ReadModel, ReadModelTransaction, Renewal, answered,
};
use crate::runner::{Report, Stop};
use crate::store::{Cause, StoreError};
use crate::subscription::{Batch, Feed, anchor};

/// How long a checkpoint that moved past events of no interest waits to be saved.
const SAVE_WITHIN: Duration = Duration::from_millis(100);

/// How long the tables of retired versions are left alone that could not be dropped.
const DROP_AGAIN: Duration = Duration::from_secs(10);

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
pub(super) enum Asked<'w, P, M: ReadModel> {
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
        let model = &self.applier.model;
        let claim = answered(model.claim(&self.consumer, owner, time)).await?;
        let (lease, checkpoint, phase) = match claim {
            Claim::Held {
                lease,
                checkpoint,
                phase,
            } => (lease, checkpoint, phase),
            Claim::Taken { position } => return Ok(Asked::Taken(position)),
            Claim::Superseded { by } => return Err(ProjectionError::Superseded { by }),
        };
        if let Err(error) = anchor::is_of(&checkpoint, self.log.info()) {
            answered(model.release(&lease)).await?;
            return Err(error.into());
        }
        observe::leased(P::NAME, P::VERSION, checkpoint.position.get());
        Ok(Asked::Leased(Box::new(Leased {
            keeper: LeaseKeeper::start(model.clone(), lease.clone(), checkpoint.position),
            announced: Announced::new(model.clone(), (P::NAME, P::VERSION), checkpoint.position),
            drop_retired_at: Some(Instant::now()),
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
pub(super) struct Leased<'w, P, M: ReadModel> {
    pub(super) work: &'w Work<P, M>,
    lease: Lease,
    keeper: LeaseKeeper,
    announced: Announced<M>,
    phase: Phase,
    /// When the tables of versions are dropped whose place it has taken.
    drop_retired_at: Option<Instant>,
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
    DropRetired,
    Batch(Batch),
}

impl<M: ReadModel, P: Projection<M::Connection>> Leased<'_, P, M> {
    /// Works until it is stopped, has reached what it was to reach, or fails; gives the lease back in any case.
    pub(super) async fn run(mut self, until: Until) -> Result<(), ProjectionError> {
        let outcome = self.follow(until).await;
        self.keeper.stop();
        // When it cannot be given back, it runs out by itself.
        let _ = answered(self.work.applier.model.release(&self.lease)).await;
        outcome
    }

    async fn follow(&mut self, until: Until) -> Result<(), ProjectionError> {
        self.set_up().await?;
        let mut feed = self.feed();
        self.report.works(self.phase);
        self.passed(self.at);
        self.retry_parked().await?;
        let mut unsaved_since = None;
        loop {
            if self.phase == Phase::Building && feed.is_caught_up() {
                self.save().await?;
                if self.go_live().await? {
                    self.went_live().await;
                    // It may have gone further than what was fed.
                    feed = self.feed();
                }
            }
            if let Until::Reached(position) = until
                && feed.is_verified()
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
                Next::DropRetired => self.drop_retired().await,
                Next::Batch(batch) => self.take(batch).await?,
            }
        }
    }

    /// The events behind where it stands.
    fn feed(&self) -> Feed<AnyConnection> {
        let work = self.work;
        Feed::new(work.log.clone(), work.query.clone(), self.at)
            .largest_page(work.applier.options.batch)
            .impatient()
    }

    async fn next(
        &self,
        feed: &mut Feed<AnyConnection>,
        unsaved_since: Option<Instant>,
    ) -> Result<Next, ProjectionError> {
        let save_at = unsaved_since.map(|since| since + SAVE_WITHIN);
        let drop_at = self.drop_retired_at.filter(|_| self.phase == Phase::Live);
        Ok(tokio::select! {
            biased;
            () = self.stop.stopped() => Next::Stop,
            () = self.keeper.lost() => Next::LeaseLost,
            () = self.keeper.retries() => Next::Retry,
            () = at(save_at) => Next::Save,
            () = at(drop_at) => Next::DropRetired,
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
        let mut transaction = answered(applier.model.begin(applier.options.timeout)).await?;
        if let Err(failure) = applier.set_up(transaction.connection()).await {
            return Err(ProjectionError::SetUp(Cause::from(failure)));
        }
        let phase = answered(transaction.set_up(&self.lease, &applier.tables)).await?;
        let phase = phase.ok_or(ProjectionError::LeaseLost)?;
        answered(transaction.commit()).await?;
        self.phase = phase;
        Ok(())
    }

    /// Takes the place of the version that is live, and answers whether it has.
    ///
    /// When that one is ahead, it cannot move on while this transaction is open: what is missing is applied here.
    async fn go_live(&mut self) -> Result<bool, ProjectionError> {
        let applier = &self.work.applier;
        let mut transaction = answered(applier.model.begin(applier.options.timeout)).await?;
        let mut outcome = answered(transaction.go_live(&self.lease, &applier.tables)).await?;
        let mut at = self.saved;
        if let GoLive::Behind(ahead) = outcome {
            let Some(missing) = self.missing(ahead).await? else {
                return Ok(false);
            };
            let done = applier.apply_within(&missing, &mut transaction).await;
            // It fails again on its usual way, where that is told.
            if done.is_err() {
                return Ok(false);
            }
            at = self.saved.at(ahead, self.event_at(ahead).await?);
            let from = self.saved.position;
            if !answered(transaction.advance(&self.lease, from, at)).await? {
                return Err(ProjectionError::LeaseLost);
            }
            outcome = answered(transaction.go_live(&self.lease, &applier.tables)).await?;
        }
        match outcome {
            GoLive::Live => answered(transaction.commit()).await?,
            GoLive::Behind(_) => return Ok(false),
            GoLive::Lost => return Err(ProjectionError::LeaseLost),
        }
        self.moved(at);
        Ok(true)
    }

    async fn went_live(&mut self) {
        self.phase = Phase::Live;
        observe::went_live(P::NAME, P::VERSION);
        self.report.works(self.phase);
        self.drop_retired().await;
    }

    /// Drops the tables of versions whose place it has taken. When somebody still reads them, later.
    async fn drop_retired(&mut self) {
        let dropped = answered(self.work.applier.model.drop_retired(P::NAME)).await;
        self.drop_retired_at = None;
        if let Err(error) = dropped {
            observe::not_dropped(P::NAME, &error);
            self.drop_retired_at = Some(Instant::now() + DROP_AGAIN);
        }
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
        let outcome = applier.transact(&self.lease, events, beside).await;
        // What another process does now, or nobody any more as the tables are made anew, fails for no fault of the event.
        if matches!(outcome, Err(Attempt::Failed(_)))
            && let Ok(Renewal::Lost) = answered(applier.model.renew(&self.lease)).await
        {
            return Err(Attempt::LeaseLost);
        }
        outcome
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
        self.announced.announce(to.position);
    }
}

/// What this process knows of how far a version has come, as long as it runs it.
struct Announced<M: ReadModel> {
    model: M,
    name: &'static str,
    version: u32,
}

impl<M: ReadModel> Announced<M> {
    /// What was known here before may not be there any more.
    fn new(model: M, (name, version): (&'static str, u32), position: Position) -> Self {
        let announced = Self {
            model,
            name,
            version,
        };
        announced.announce(position);
        announced
    }

    fn announce(&self, position: Position) {
        let progress = self.model.progress();
        progress.announce(self.name, self.version, position);
    }
}

impl<M: ReadModel> Drop for Announced<M> {
    /// From now on another process may run it, or make it anew.
    fn drop(&mut self) {
        self.announce(Position::START);
    }
}

/// Waits until a moment, if there is one.
async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
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
