//! Transactions: rows, and how far a projection has come, written as one.

use factos_core::read_model::{
    GoLive, Lease, Parked, Phase, ReadModelTransaction, Task, TaskHolder,
};
use factos_core::store::StoreError;
use factos_core::{Checkpoint, Position, Tables, Timestamp};
use sqlx::{PgConnection, Postgres, Transaction};
use uuid::Uuid;

use super::model::PostgresReadModel;
use super::{lease, parked, tasks, versions};
use crate::read_model::{Failure, Taking};

/// A transaction in a [`PostgresReadModel`]. Dropped, it is rolled back.
#[derive(Debug)]
pub struct PostgresReadModelTransaction {
    transaction: Transaction<'static, Postgres>,
    model: PostgresReadModel,
}

impl PostgresReadModelTransaction {
    pub(super) fn new(
        transaction: Transaction<'static, Postgres>,
        model: PostgresReadModel,
    ) -> Self {
        Self { transaction, model }
    }

    pub(super) fn raw(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }

    pub(super) async fn finish(self) -> Result<(), Failure> {
        Ok(self.transaction.commit().await?)
    }
}

impl ReadModelTransaction for PostgresReadModelTransaction {
    type Connection = PgConnection;

    fn connection(&mut self) -> &mut PgConnection {
        self.raw()
    }

    async fn set_up(
        &mut self,
        lease: &Lease,
        tables: &Tables,
    ) -> Result<Option<Phase>, StoreError> {
        let phase = versions::set_up(self.raw(), lease, tables).await;
        phase.map_err(|failure| self.model.told(failure))
    }

    async fn advance(
        &mut self,
        lease: &Lease,
        from: Position,
        to: Checkpoint,
    ) -> Result<bool, StoreError> {
        let prepares = self.model.prepares();
        let advanced = lease::advance(self.raw(), lease, from, to, prepares).await;
        advanced.map_err(|failure| self.model.told(failure))
    }

    async fn park(&mut self, lease: &Lease, parked: &Parked) -> Result<(), StoreError> {
        let outcome = parked::park(self.raw(), lease, parked).await;
        outcome.map_err(|failure| self.model.told(failure))
    }

    async fn unpark(&mut self, lease: &Lease, position: Position) -> Result<bool, StoreError> {
        let outcome = parked::unpark(self.raw(), lease, position).await;
        outcome.map_err(|failure| self.model.told(failure))
    }

    async fn put_task(&mut self, consumer: (&str, u32), task: &Task) -> Result<(), StoreError> {
        let prepares = self.model.prepares();
        let put = tasks::put(self.raw(), consumer, task, prepares).await;
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
        let taking = Taking {
            now,
            until,
            token,
            most,
        };
        let prepares = self.model.prepares();
        let answered = tasks::take(self.raw(), consumer, taking, prepares).await;
        answered.map_err(|failure| self.model.told(failure))
    }

    async fn move_task(
        &mut self,
        consumer: (&str, u32),
        key: &str,
        holder: TaskHolder,
        due: Timestamp,
    ) -> Result<bool, StoreError> {
        let prepares = self.model.prepares();
        let moved = tasks::move_to(self.raw(), consumer, key, holder, due, prepares).await;
        moved.map_err(|failure| self.model.told(failure))
    }

    async fn remove_task(
        &mut self,
        consumer: (&str, u32),
        key: &str,
        holder: Option<TaskHolder>,
    ) -> Result<bool, StoreError> {
        let prepares = self.model.prepares();
        let removed = tasks::remove(self.raw(), consumer, key, holder, prepares).await;
        removed.map_err(|failure| self.model.told(failure))
    }

    async fn go_live(&mut self, lease: &Lease, tables: &Tables) -> Result<GoLive, StoreError> {
        let outcome = versions::go_live(self.raw(), lease, tables).await;
        outcome.map_err(|failure| self.model.told(failure))
    }

    async fn commit(self) -> Result<(), StoreError> {
        let model = self.model.clone();
        let committed = self.finish().await;
        committed.map_err(|failure| model.told(failure))
    }

    async fn roll_back(self) -> Result<(), StoreError> {
        let rolled_back = self.transaction.rollback().await;
        rolled_back.map_err(|error| self.model.told(error.into()))
    }
}
