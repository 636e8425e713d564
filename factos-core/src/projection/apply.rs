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
use crate::read_model::{Lease, Parked, ReadModel, ReadModelTransaction};
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
        let mut transaction = self.model.begin().await?;
        match self.apply(events, transaction.connection()).await {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => {
                // When the connection is lost, that is why it failed.
                transaction.roll_back().await?;
                return Err(Attempt::Failed(failure));
            }
            Err(interrupted) => {
                // What it has asked the database for may still be under way: the connection is not waited for.
                drop(transaction);
                return Err(Attempt::Failed(interrupted));
            }
        }
        let is_ours = match beside {
            Beside::Advance { from, to } => transaction.advance(lease, from, to).await?,
            Beside::Park { parked, from, to } => {
                transaction.park(lease, parked).await?;
                transaction.advance(lease, from, to).await?
            }
            Beside::Unpark(position) => transaction.unpark(lease, position).await?,
            Beside::ParkAgain(parked) => {
                transaction.park(lease, parked).await?;
                true
            }
        };
        if !is_ours {
            transaction.roll_back().await?;
            return Err(Attempt::LeaseLost);
        }
        transaction.commit().await.map_err(|error| {
            if error.is_transient() {
                Attempt::Store(error)
            } else {
                // The database refuses it, such as for a constraint that it checks at the end.
                Attempt::Failed(error.into())
            }
        })
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
        let limit = self.options.timeout;
        match timeout(limit, AssertUnwindSafe(applying).catch_unwind()).await {
            Ok(Ok(outcome)) => Ok(outcome),
            Ok(Err(panic)) => Err(panic_message(&*panic).into()),
            Err(_) => Err(format!("it took longer than {limit:?}").into()),
        }
    }
}

/// What a panic said.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("it panicked: {}", text.unwrap_or("without a message"))
}
