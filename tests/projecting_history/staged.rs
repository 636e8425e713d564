//! A read model whose process hangs at chosen moments, or that breaks a promise as real ones have.

use std::fmt;
use std::time::{Duration, Instant};

use factos::read_model::{
    Claim, Consumer, ConsumerVersion, GoLive, Lease, Parked, Phase, Progress, ReadModel,
    ReadModelTransaction, Renewal, Task, TaskHolder,
};
use factos::store::StoreError;
use factos::{Checkpoint, Position, Tables, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::task::yield_now;
use uuid::Uuid;

use crate::database::Database;
use crate::gate::Gate;

/// What is wrong with a read model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bug {
    /// The checkpoint is committed first, and then the rows.
    CheckpointFirst,
    /// The rows are committed first, and then the checkpoint.
    RowsFirst,
    /// The checkpoint is moved by whoever comes, with a lease or without.
    NotFenced,
}

impl Bug {
    fn is_torn(self) -> bool {
        matches!(self, Self::CheckpointFirst | Self::RowsFirst)
    }
}

/// Longer than a transaction takes: for so long the second commit of a torn one waits for the processor.
const BETWEEN: Duration = Duration::from_millis(10);

/// A read model around one without bugs.
#[derive(Clone, Debug)]
pub struct Staged<D> {
    inner: D,
    /// Holds the checkpoints of torn transactions.
    other: D,
    bug: Option<Bug>,
    /// In front of each transaction.
    pub begin: Gate,
    /// A transaction was refused, as the lease is lost.
    pub refused: Signal,
    /// A lease is asked for.
    pub asked: Signal,
    /// A lease was taken.
    pub claimed: Signal,
    renews: bool,
}

/// Something that has happened, or has not yet.
#[derive(Clone, Debug, Default)]
pub struct Signal(std::sync::Arc<tokio::sync::watch::Sender<bool>>);

impl Signal {
    fn give(&self) {
        self.0.send_replace(true);
    }

    pub async fn given(&self) {
        let mut given = self.0.subscribe();
        let given = given.wait_for(|given| *given).await;
        given.expect("the signal is there");
    }
}

impl<D: Database> Staged<D> {
    /// Without a bug. Its process hangs for longer than its leases last, as they are not renewed.
    pub fn hanging(inner: D) -> Self {
        Self {
            renews: false,
            ..Self::of(inner.clone(), inner, None)
        }
    }

    pub fn sound(inner: D) -> Self {
        Self::of(inner.clone(), inner, None)
    }

    pub async fn faulty(log: &str, bug: Bug) -> Result<Self, StoreError> {
        let (inner, other) = (<D as Database>::open(log).await?, D::open_other(log).await?);
        Ok(Self::of(inner, other, Some(bug)))
    }

    /// With a bug that needs no other database.
    pub fn with(self, bug: Bug) -> Self {
        assert!(!bug.is_torn(), "{bug:?} needs two databases");
        Self {
            bug: Some(bug),
            ..self
        }
    }

    fn of(inner: D, other: D, bug: Option<Bug>) -> Self {
        Self {
            inner,
            other,
            bug,
            begin: Gate::open(),
            refused: Signal::default(),
            asked: Signal::default(),
            claimed: Signal::default(),
            renews: true,
        }
    }

    /// The one around which this one is.
    pub fn inner(&self) -> &D {
        &self.inner
    }

    /// Where it is known who runs what, and how far it has come.
    fn known(&self) -> &D {
        if self.bug.is_some_and(Bug::is_torn) {
            &self.other
        } else {
            &self.inner
        }
    }
}

/// A transaction, or two of which one holds the checkpoint.
pub struct StagedTransaction<D: ReadModel> {
    rows: D::Transaction,
    checkpoint: Option<D::Transaction>,
    bug: Option<Bug>,
    refused: Signal,
}

impl<D: ReadModel> StagedTransaction<D> {
    fn known(&mut self) -> &mut D::Transaction {
        self.checkpoint.as_mut().unwrap_or(&mut self.rows)
    }

    /// Views cannot be of tables in another database.
    fn viewed(&self, tables: &Tables, lease: &Lease) -> Tables {
        if self.checkpoint.is_some() {
            return Tables::new(lease.version, &[]);
        }
        tables.clone()
    }
}

impl<D: ReadModel> fmt::Debug for StagedTransaction<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StagedTransaction")
            .field("bug", &self.bug)
            .finish_non_exhaustive()
    }
}

impl<D: Database> ReadModel for Staged<D> {
    type Connection = D::Connection;
    type Transaction = StagedTransaction<D>;

    async fn claim(
        &self,
        consumer: &Consumer,
        owner: Uuid,
        time: Duration,
    ) -> Result<Claim, StoreError> {
        self.asked.give();
        let claim = self.known().claim(consumer, owner, time).await;
        if matches!(claim, Ok(Claim::Held { .. })) {
            self.claimed.give();
        }
        claim
    }

    async fn renew(&self, lease: &Lease) -> Result<Renewal, StoreError> {
        if self.renews {
            return self.known().renew(lease).await;
        }
        Ok(Renewal::Held {
            position: Position::new(u64::MAX),
            retries: false,
        })
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.known().release(lease).await
    }

    async fn begin(&self, time: Duration) -> Result<StagedTransaction<D>, StoreError> {
        self.begin.pass().await;
        let rows = self.inner.begin(time).await?;
        let checkpoint = if self.bug.is_some_and(Bug::is_torn) {
            Some(self.other.begin(time).await?)
        } else {
            None
        };
        Ok(StagedTransaction {
            rows,
            checkpoint,
            bug: self.bug,
            refused: self.refused.clone(),
        })
    }

    async fn versions(&self, name: &str) -> Result<Vec<ConsumerVersion>, StoreError> {
        self.known().versions(name).await
    }

    async fn parked(&self, name: &str, version: u32) -> Result<Vec<Parked>, StoreError> {
        self.known().parked(name, version).await
    }

    async fn retry(
        &self,
        name: &str,
        version: u32,
        position: Position,
    ) -> Result<bool, StoreError> {
        self.known().retry(name, version, position).await
    }

    async fn drop_parked(
        &self,
        name: &str,
        version: u32,
        position: Position,
    ) -> Result<bool, StoreError> {
        self.known().drop_parked(name, version, position).await
    }

    async fn next_task(&self, name: &str, version: u32) -> Result<Option<Timestamp>, StoreError> {
        self.known().next_task(name, version).await
    }

    async fn drop_retired(&self, name: &str) -> Result<(), StoreError> {
        self.known().drop_retired(name).await
    }

    async fn forget(&self, name: &str, version: u32) -> Result<(), StoreError> {
        self.known().forget(name, version).await
    }

    fn progress(&self) -> &Progress {
        self.known().progress()
    }
}

impl<D: Database> ReadModelTransaction for StagedTransaction<D> {
    type Connection = D::Connection;

    fn connection(&mut self) -> &mut D::Connection {
        self.rows.connection()
    }

    async fn set_up(
        &mut self,
        lease: &Lease,
        tables: &Tables,
    ) -> Result<Option<Phase>, StoreError> {
        let tables = self.viewed(tables, lease);
        self.known().set_up(lease, &tables).await
    }

    async fn advance(
        &mut self,
        lease: &Lease,
        from: Position,
        to: Checkpoint,
    ) -> Result<bool, StoreError> {
        let is_ours = self.known().advance(lease, from, to).await?;
        if !is_ours {
            self.refused.give();
            if self.bug == Some(Bug::NotFenced) {
                D::force(self.rows.connection(), lease, to).await;
                return Ok(true);
            }
        }
        Ok(is_ours)
    }

    async fn park(&mut self, lease: &Lease, parked: &Parked) -> Result<(), StoreError> {
        self.known().park(lease, parked).await
    }

    async fn unpark(&mut self, lease: &Lease, position: Position) -> Result<bool, StoreError> {
        self.known().unpark(lease, position).await
    }

    async fn put_task(&mut self, consumer: (&str, u32), task: &Task) -> Result<(), StoreError> {
        self.known().put_task(consumer, task).await
    }

    async fn take_tasks(
        &mut self,
        consumer: (&str, u32),
        now: Timestamp,
        until: Timestamp,
        token: Uuid,
        most: u32,
    ) -> Result<Vec<Task>, StoreError> {
        let known = self.known();
        known.take_tasks(consumer, now, until, token, most).await
    }

    async fn move_task(
        &mut self,
        consumer: (&str, u32),
        key: &str,
        holder: TaskHolder,
        due: Timestamp,
    ) -> Result<bool, StoreError> {
        self.known().move_task(consumer, key, holder, due).await
    }

    async fn remove_task(
        &mut self,
        consumer: (&str, u32),
        key: &str,
        holder: Option<TaskHolder>,
    ) -> Result<bool, StoreError> {
        self.known().remove_task(consumer, key, holder).await
    }

    async fn go_live(&mut self, lease: &Lease, tables: &Tables) -> Result<GoLive, StoreError> {
        let tables = self.viewed(tables, lease);
        self.known().go_live(lease, &tables).await
    }

    async fn commit(self) -> Result<(), StoreError> {
        let (first, second) = match (self.bug, self.checkpoint) {
            (Some(Bug::CheckpointFirst), Some(checkpoint)) => (checkpoint, Some(self.rows)),
            (_, checkpoint) => (self.rows, checkpoint),
        };
        first.commit().await?;
        if let Some(second) = second {
            let begun = Instant::now();
            while begun.elapsed() < BETWEEN {
                yield_now().await;
            }
            second.commit().await?;
        }
        Ok(())
    }

    async fn roll_back(self) -> Result<(), StoreError> {
        self.rows.roll_back().await?;
        match self.checkpoint {
            Some(checkpoint) => checkpoint.roll_back().await,
            None => Ok(()),
        }
    }
}
