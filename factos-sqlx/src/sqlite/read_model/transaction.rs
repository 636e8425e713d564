//! Transactions: rows, and how far a projection has come, written as one.

use factos_core::read_model::{
    GoLive, Lease, Parked, Phase, ReadModelTransaction, Task, TaskHolder,
};
use factos_core::store::StoreError;
use factos_core::{Checkpoint, Position, Tables, Timestamp};
use sqlx::{Sqlite, SqliteConnection, Transaction};
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

use super::model::SqliteReadModel;
use super::{lease, parked, tasks, versions};
use crate::read_model::{Failure, Taking};
use crate::sqlite::error::has_ended;

/// A transaction in an [`SqliteReadModel`], which holds the file's writer. Dropped, it is rolled back.
#[derive(Debug)]
pub struct SqliteReadModelTransaction {
    transaction: Transaction<'static, Sqlite>,
    model: SqliteReadModel,
    _turn: OwnedMutexGuard<()>,
}

impl SqliteReadModelTransaction {
    pub(super) fn new(
        transaction: Transaction<'static, Sqlite>,
        model: SqliteReadModel,
        turn: OwnedMutexGuard<()>,
    ) -> Self {
        Self {
            transaction,
            model,
            _turn: turn,
        }
    }

    pub(super) fn raw(&mut self) -> &mut SqliteConnection {
        &mut self.transaction
    }

    /// Makes sure that the transaction is still open in which the rows were written: SQLite ends it by itself when the disk is
    /// full, for instance, and whoever wrote may not have told.
    async fn is_open(&mut self) -> Result<(), StoreError> {
        let found = sqlx::raw_sql("RELEASE factos; SAVEPOINT factos").execute(self.raw());
        let found = found.await.map(drop);
        found.map_err(|error| self.model.told(error.into()))
    }

    pub(super) async fn finish(self) -> Result<(), Failure> {
        Ok(self.transaction.commit().await?)
    }
}

impl ReadModelTransaction for SqliteReadModelTransaction {
    type Connection = SqliteConnection;

    fn connection(&mut self) -> &mut SqliteConnection {
        self.raw()
    }

    async fn set_up(
        &mut self,
        lease: &Lease,
        tables: &Tables,
    ) -> Result<Option<Phase>, StoreError> {
        self.is_open().await?;
        let phase = versions::set_up(self.raw(), lease, tables).await;
        phase.map_err(|failure| self.model.told(failure))
    }

    async fn advance(
        &mut self,
        lease: &Lease,
        from: Position,
        to: Checkpoint,
    ) -> Result<bool, StoreError> {
        self.is_open().await?;
        let advanced = lease::advance(self.raw(), lease, from, to).await;
        advanced.map_err(|failure| self.model.told(failure))
    }

    async fn park(&mut self, lease: &Lease, parked: &Parked) -> Result<(), StoreError> {
        self.is_open().await?;
        let outcome = parked::park(self.raw(), lease, parked).await;
        outcome.map_err(|failure| self.model.told(failure))
    }

    async fn unpark(&mut self, lease: &Lease, position: Position) -> Result<bool, StoreError> {
        self.is_open().await?;
        let outcome = parked::unpark(self.raw(), lease, position).await;
        outcome.map_err(|failure| self.model.told(failure))
    }

    async fn put_task(&mut self, consumer: (&str, u32), task: &Task) -> Result<(), StoreError> {
        self.is_open().await?;
        let put = tasks::put(self.raw(), consumer, task).await;
        put.map_err(|failure| self.model.told(failure))
    }

    async fn take_tasks(
        &mut self,
        consumer: (&str, u32),
        now: Timestamp,
        until: Timestamp,
        token: Uuid,
        most: u32,
    ) -> Result<Vec<Task>, StoreError> {
        self.is_open().await?;
        let taking = Taking {
            now,
            until,
            token,
            most,
        };
        let answered = tasks::take(self.raw(), consumer, taking).await;
        answered.map_err(|failure| self.model.told(failure))
    }

    async fn move_task(
        &mut self,
        consumer: (&str, u32),
        key: &str,
        holder: TaskHolder,
        due: Timestamp,
    ) -> Result<bool, StoreError> {
        self.is_open().await?;
        let moved = tasks::move_to(self.raw(), consumer, key, holder, due).await;
        moved.map_err(|failure| self.model.told(failure))
    }

    async fn remove_task(
        &mut self,
        consumer: (&str, u32),
        key: &str,
        holder: Option<TaskHolder>,
    ) -> Result<bool, StoreError> {
        self.is_open().await?;
        let removed = tasks::remove(self.raw(), consumer, key, holder).await;
        removed.map_err(|failure| self.model.told(failure))
    }

    async fn go_live(&mut self, lease: &Lease, tables: &Tables) -> Result<GoLive, StoreError> {
        self.is_open().await?;
        let outcome = versions::go_live(self.raw(), lease, tables).await;
        outcome.map_err(|failure| self.model.told(failure))
    }

    async fn commit(self) -> Result<(), StoreError> {
        let model = self.model.clone();
        let committed = self.finish().await;
        committed.map_err(|failure| model.told(failure))
    }

    async fn roll_back(self) -> Result<(), StoreError> {
        match self.transaction.rollback().await {
            Err(error) if has_ended(&error) => Ok(()),
            rolled_back => rolled_back.map_err(|error| self.model.told(error.into())),
        }
    }
}
