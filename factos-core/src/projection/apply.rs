//! One transaction: rows and checkpoint together.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::slice;
use std::time::Instant;

use futures_util::FutureExt;
use tokio::time::timeout;
use tracing::Instrument;

use super::{Projection, ProjectionFailure, ProjectionOptions, Tables};
use crate::checkpoint::Checkpoint;
use crate::event::Recorded;
use crate::observe;
use crate::position::Position;
use crate::read_model::{Lease, Parked, ReadModel, ReadModelTransaction, answered};
use crate::store::StoreError;

/// Why a transaction was not committed.
pub(super) enum Attempt {
    /// The projection failed on its events.
    Failed(ProjectionFailure),
    /// Another process runs the projection.
    LeaseLost,
    /// The read model could not be reached, or does not answer.
    Store(StoreError),
}

impl From<StoreError> for Attempt {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Attempt {
    /// Why a transaction was refused in which the projection has done its part. What is not the database's trouble is its doing:
    /// a constraint that is checked at the end, or an error that it has not told of.
    fn of(error: StoreError) -> Self {
        match error {
            StoreError::Other(cause) => Self::Failed(Box::new(StoreError::Other(cause))),
            error => Self::Store(error),
        }
    }
}

/// A projection with all that its transactions need.
pub(super) struct Applier<P, M> {
    pub(super) projection: P,
    pub(super) model: M,
    pub(super) tables: Tables,
    pub(super) options: ProjectionOptions,
}

/// What a transaction does beside applying events.
#[derive(Clone, Copy)]
pub(super) enum Beside<'a> {
    /// Moves the checkpoint.
    Advance { from: Position, to: Checkpoint },
    /// Parks an event, and moves the checkpoint behind it.
    Park {
        parked: &'a Parked,
        from: Position,
        to: Checkpoint,
    },
    /// Takes an event back that was parked.
    Unpark(Position),
    /// Notes that it failed again.
    ParkAgain(&'a Parked),
}

impl<M: ReadModel, P: Projection<M::Connection>> Applier<P, M> {
    /// Applies events and what goes with them in one transaction.
    pub(super) async fn transact(
        &self,
        lease: &Lease,
        events: &[Recorded<P::Event>],
        beside: Beside<'_>,
    ) -> Result<(), Attempt> {
        let span = observe::project(P::NAME, P::VERSION, events.len());
        async {
            let started = Instant::now();
            let outcome = self.try_transact(lease, events, beside).await;
            observe::projected(P::NAME, events.len(), started.elapsed(), outcome.is_ok());
            outcome
        }
        .instrument(span)
        .await
    }

    async fn try_transact(
        &self,
        lease: &Lease,
        events: &[Recorded<P::Event>],
        beside: Beside<'_>,
    ) -> Result<(), Attempt> {
        let mut transaction = answered(self.model.begin(self.options.timeout)).await?;
        match self.apply(events, transaction.connection()).await {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => return Err(self.failed(transaction, failure).await),
            Err(interrupted) => {
                // What it has asked the database for may still be under way: the connection is not waited for.
                drop(transaction);
                return Err(Attempt::Failed(interrupted));
            }
        }
        if !answered(put(&mut transaction, lease, beside))
            .await
            .map_err(Attempt::of)?
        {
            answered(transaction.roll_back()).await?;
            return Err(Attempt::LeaseLost);
        }
        answered(transaction.commit()).await.map_err(Attempt::of)
    }

    /// Why a transaction failed in which the projection did.
    async fn failed(&self, transaction: M::Transaction, failure: ProjectionFailure) -> Attempt {
        // When the connection is lost, that is why.
        if let Err(error) = answered(transaction.roll_back()).await
            && error.is_transient()
        {
            return Attempt::Store(error);
        }
        match self.model.trouble(failure) {
            Ok(trouble) => Attempt::Store(trouble),
            Err(failure) => Attempt::Failed(failure),
        }
    }

    /// Applies events within a transaction that does more.
    pub(super) async fn apply_within(
        &self,
        events: &[Recorded<P::Event>],
        transaction: &mut M::Transaction,
    ) -> Result<(), ProjectionFailure> {
        self.apply(events, transaction.connection()).await.flatten()
    }

    /// Makes the tables of a version that is new.
    pub(super) async fn set_up(&self, db: &mut M::Connection) -> Result<(), ProjectionFailure> {
        let making = self.projection.set_up(db, &self.tables);
        self.guarded(making).await.flatten()
    }

    /// Applies events. The outer error is one of a projection that was left in the middle.
    async fn apply(
        &self,
        events: &[Recorded<P::Event>],
        db: &mut M::Connection,
    ) -> Result<Result<(), ProjectionFailure>, ProjectionFailure> {
        if events.is_empty() {
            return Ok(Ok(()));
        }
        let applying = async {
            if P::TAKES_SLICES {
                return self.projection.apply(events, db, &self.tables).await;
            }
            for event in events {
                let event = slice::from_ref(event);
                self.projection.apply(event, db, &self.tables).await?;
            }
            Ok(())
        };
        self.guarded(applying).await
    }

    /// What the projection's code answers. The outer error is one of code that was left in the middle.
    async fn guarded(
        &self,
        code: impl Future<Output = Result<(), ProjectionFailure>>,
    ) -> Result<Result<(), ProjectionFailure>, ProjectionFailure> {
        let limit = self.options.timeout;
        match timeout(limit, AssertUnwindSafe(code).catch_unwind()).await {
            Ok(Ok(outcome)) => Ok(outcome),
            Ok(Err(panic)) => Err(panic_message(&*panic).into()),
            Err(_) => Err(format!("it took longer than {limit:?}").into()),
        }
    }
}

/// Does what goes with the events. `false` when the lease is lost, or a parked event is parked no more.
async fn put<T: ReadModelTransaction>(
    transaction: &mut T,
    lease: &Lease,
    beside: Beside<'_>,
) -> Result<bool, StoreError> {
    match beside {
        Beside::Advance { from, to } => transaction.advance(lease, from, to).await,
        Beside::Park { parked, from, to } => {
            transaction.park(lease, parked).await?;
            transaction.advance(lease, from, to).await
        }
        Beside::Unpark(position) => transaction.unpark(lease, position).await,
        Beside::ParkAgain(parked) => {
            // Somebody may have dropped it meanwhile.
            let is_parked = transaction.unpark(lease, parked.position).await?;
            if is_parked {
                transaction.park(lease, parked).await?;
            }
            Ok(is_parked)
        }
    }
}

/// What a panic said.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("it panicked: {}", text.unwrap_or("without a message"))
}
