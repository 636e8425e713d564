//! The read model in memory: rows of any type, and beside them what is known of those who keep them.

mod consumers;
mod state;
mod tasks;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex as Turns, OwnedMutexGuard};
use uuid::Uuid;

use crate::checkpoint::Checkpoint;
use crate::position::Position;
use crate::projection::Tables;
use crate::read_model::{
    Claim, Consumer, ConsumerVersion, GoLive, Lease, Parked, Phase, Progress, ReadModel,
    ReadModelTransaction, Renewal, Task, TaskHolder,
};
use crate::store::StoreError;
use crate::time::Timestamp;
use consumers::{Consumers, Moment};
use state::State;

/// The rows of projections in this process's memory: a value of any type, gone when the last clone is dropped. For small
/// projections, for reactors, which need no rows, and for tests.
///
/// A handler takes the rows themselves as its connection. It works on a copy, which takes their place when the transaction is
/// committed: so an event counts exactly once here, too, and readers never see half of a change. Each transaction that
/// writes rows copies them all. One transaction is open at a time; whoever begins another one waits, and who does so within
/// one waits for ever.
///
/// There are no tables and no views: all projections and all their versions share the rows, which stay when a version is
/// retired, forgotten or reset. A projection that is to be reset clears its own in its set-up.
///
/// ```
/// use std::collections::HashMap;
/// use std::convert::Infallible;
///
/// use factos::prelude::*;
/// use factos::{MemoryReadModel, Tables};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
/// # struct SeatTaken { #[tag] room: String }
///
/// type Seats = HashMap<String, u32>;
///
/// #[projection(setup = clear)]
/// async fn seats(event: &SeatTaken, rows: &mut Seats) -> Result<(), Infallible> {
///     *rows.entry(event.room.clone()).or_default() += 1;
///     Ok(())
/// }
///
/// async fn clear(rows: &mut Seats, _: &Tables) -> Result<(), Infallible> {
///     rows.clear();
///     Ok(())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let log = factos::open("memory:").await?;
/// let model = MemoryReadModel::<Seats>::new();
/// log.append([SeatTaken { room: "a".into() }, SeatTaken { room: "a".into() }]).await?;
/// log.projection(seats(), &model)?.catch_up().await?;
/// assert_eq!(model.rows()["a"], 2);
/// # Ok(())
/// # }
/// ```
pub struct MemoryReadModel<S = ()>(Arc<Shared<S>>);

struct Shared<S> {
    committed: Mutex<State<S>>,
    /// Those who write wait here, in the order in which they came.
    turns: Arc<Turns<()>>,
    /// From when on its clock counts.
    began: Instant,
    progress: Progress,
}

impl<S: Clone + Default> MemoryReadModel<S> {
    /// One that knows nothing, with the rows that are the default.
    pub fn new() -> Self {
        Self(Arc::new(Shared {
            committed: Mutex::default(),
            turns: Arc::default(),
            began: Instant::now(),
            progress: Progress::default(),
        }))
    }

    /// The rows as they were committed last: a copy, also while a transaction is open.
    pub fn rows(&self) -> S {
        let rows = Arc::clone(&self.committed().rows);
        S::clone(&rows)
    }

    /// Waits for the turn, and begins a transaction.
    async fn turn(&self) -> MemoryReadModelTransaction<S> {
        let turn = Arc::clone(&self.0.turns).lock_owned().await;
        MemoryReadModelTransaction {
            state: self.committed().clone(),
            model: self.clone(),
            _turn: turn,
        }
    }

    /// Changes what is known of consumers, in a transaction of its own.
    async fn change<T>(&self, change: impl FnOnce(&mut Consumers) -> T) -> T {
        let mut transaction = self.turn().await;
        let answer = change(&mut transaction.state.consumers);
        transaction.put_back();
        answer
    }

    fn now(&self) -> Moment {
        self.0.began.elapsed()
    }

    /// It is only ever replaced as a whole, so a panic of another thread has not harmed it.
    fn committed(&self) -> MutexGuard<'_, State<S>> {
        let committed = self.0.committed.lock();
        committed.unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S> Clone for MemoryReadModel<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Clone + Default> Default for MemoryReadModel<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> fmt::Debug for MemoryReadModel<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryReadModel").finish_non_exhaustive()
    }
}

impl<S: Clone + Default + Send + Sync + 'static> ReadModel for MemoryReadModel<S> {
    type Connection = S;
    type Transaction = MemoryReadModelTransaction<S>;

    async fn claim(
        &self,
        consumer: &Consumer,
        owner: Uuid,
        time: Duration,
    ) -> Result<Claim, StoreError> {
        // Who is refused waits for nobody who writes.
        let refused = self
            .committed()
            .consumers
            .refusal(consumer, owner, self.now());
        if let Some(refused) = refused {
            return Ok(refused);
        }
        let claim = |known: &mut Consumers| known.claim(consumer, owner, time, self.now());
        Ok(self.change(claim).await)
    }

    async fn renew(&self, lease: &Lease) -> Result<Renewal, StoreError> {
        let renew = |known: &mut Consumers| known.renew(lease, self.now());
        Ok(self.change(renew).await)
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.change(|known| known.release(lease)).await;
        Ok(())
    }

    async fn begin(&self, _time: Duration) -> Result<MemoryReadModelTransaction<S>, StoreError> {
        Ok(self.turn().await)
    }

    async fn versions(&self, name: &str) -> Result<Vec<ConsumerVersion>, StoreError> {
        Ok(self.committed().consumers.versions(name, self.now()))
    }

    async fn parked(&self, name: &str, version: u32) -> Result<Vec<Parked>, StoreError> {
        Ok(self.committed().consumers.parked(name, version))
    }

    async fn retry(
        &self,
        name: &str,
        version: u32,
        position: Position,
    ) -> Result<bool, StoreError> {
        let retry = |known: &mut Consumers| known.retry(name, version, position);
        Ok(self.change(retry).await)
    }

    async fn drop_parked(
        &self,
        name: &str,
        version: u32,
        position: Position,
    ) -> Result<bool, StoreError> {
        let drop = |known: &mut Consumers| known.drop_parked(name, version, position);
        Ok(self.change(drop).await)
    }

    async fn next_task(&self, name: &str, version: u32) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.committed().tasks.next((name, version)))
    }

    async fn drop_retired(&self, name: &str) -> Result<(), StoreError> {
        let mut transaction = self.turn().await;
        transaction.state.drop_retired(name);
        transaction.put_back();
        Ok(())
    }

    async fn forget(&self, name: &str, version: u32) -> Result<(), StoreError> {
        let mut transaction = self.turn().await;
        transaction.state.forget(name, version);
        transaction.put_back();
        Ok(())
    }

    fn progress(&self) -> &Progress {
        &self.0.progress
    }
}

/// A transaction in a [`MemoryReadModel`]: the only one that is open. Dropped, it is rolled back.
pub struct MemoryReadModelTransaction<S> {
    state: State<S>,
    model: MemoryReadModel<S>,
    _turn: OwnedMutexGuard<()>,
}

impl<S: Clone + Default> MemoryReadModelTransaction<S> {
    fn put_back(self) {
        *self.model.committed() = self.state;
    }
}

impl<S> fmt::Debug for MemoryReadModelTransaction<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("MemoryReadModelTransaction");
        debug.finish_non_exhaustive()
    }
}

impl<S: Clone + Default + Send + Sync + 'static> ReadModelTransaction
    for MemoryReadModelTransaction<S>
{
    type Connection = S;

    fn connection(&mut self) -> &mut S {
        Arc::make_mut(&mut self.state.rows)
    }

    async fn set_up(&mut self, lease: &Lease, _: &Tables) -> Result<Option<Phase>, StoreError> {
        Ok(self.state.consumers.set_up(lease))
    }

    async fn advance(
        &mut self,
        lease: &Lease,
        from: Position,
        to: Checkpoint,
    ) -> Result<bool, StoreError> {
        let now = self.model.now();
        Ok(self.state.consumers.advance(lease, from, to, now))
    }

    async fn park(&mut self, lease: &Lease, parked: &Parked) -> Result<(), StoreError> {
        self.state.consumers.park(lease, parked);
        Ok(())
    }

    async fn unpark(&mut self, lease: &Lease, position: Position) -> Result<bool, StoreError> {
        Ok(self.state.consumers.unpark(lease, position))
    }

    async fn put_task(&mut self, consumer: (&str, u32), task: &Task) -> Result<(), StoreError> {
        task.check()?;
        self.state.tasks_mut().put(consumer, task);
        Ok(())
    }

    async fn take_tasks(
        &mut self,
        consumer: (&str, u32),
        now: Timestamp,
        until: Timestamp,
        token: Uuid,
        most: u32,
    ) -> Result<Vec<Task>, StoreError> {
        let tasks = self.state.tasks_mut();
        Ok(tasks.take(consumer, now, until, token, most))
    }

    async fn move_task(
        &mut self,
        consumer: (&str, u32),
        key: &str,
        holder: TaskHolder,
        due: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(self.state.tasks_mut().move_to(consumer, key, holder, due))
    }

    async fn remove_task(
        &mut self,
        consumer: (&str, u32),
        key: &str,
        holder: Option<TaskHolder>,
    ) -> Result<bool, StoreError> {
        Ok(self.state.tasks_mut().remove(consumer, key, holder))
    }

    async fn go_live(&mut self, lease: &Lease, _: &Tables) -> Result<GoLive, StoreError> {
        Ok(self.state.go_live(lease))
    }

    async fn commit(self) -> Result<(), StoreError> {
        self.put_back();
        Ok(())
    }

    async fn roll_back(self) -> Result<(), StoreError> {
        Ok(())
    }
}
