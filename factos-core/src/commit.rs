//! Group commit: the appends that wait at the same time share one commit of the store.

mod handover;
mod job;
mod outcome;
mod stage;
mod tail;
mod writer;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{RwLock, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout_at};

pub(crate) use handover::{Handover, Withdraw};
pub(crate) use job::{Decision, Job, Turn};
pub(crate) use outcome::Outcome;
pub(crate) use tail::Tail;
use writer::Waiting;

use crate::dispatch::{Cache, Planted};
use crate::id::AppendId;
use crate::store::{
    Answer, AppendRequest, Cause, DecideLocked, DynStore, Group, ReadRequest, Refusal, Settled,
    StoreError,
};

/// Appends that may wait; further callers wait for a place.
const QUEUE: usize = 4096;

const A_YEAR: Duration = Duration::from_hours(24 * 365);

/// Why an append was not answered with success.
#[derive(Debug)]
pub(crate) enum Failure {
    Refused(Refusal),
    /// Time ran out before the store was handed the request: nothing was and nothing will be written.
    Timeout,
    OutcomeUnknown(AppendId, Cause),
    Store(StoreError),
}

/// The queue in front of a store's append, and the thread that empties it.
///
/// The thread is the log's own. Callers may use a log from several runtimes, and stop driving any of them at any time:
/// a task that one of them was to drive could keep all others waiting.
pub(crate) struct Committer {
    store: Arc<dyn DynStore>,
    cache: Arc<Cache>,
    planted: Planted,
    running: Mutex<Option<Running>>,
}

/// A running thread; it ends when the queue's senders are gone and the queue is empty.
#[derive(Clone)]
struct Running {
    queue: mpsc::Sender<Waiting>,
    runtime: Handle,
    /// Shared by what is under way beside the queue.
    operations: Arc<RwLock<()>>,
}

impl Committer {
    pub(crate) fn new(store: Arc<dyn DynStore>, cache: Arc<Cache>, planted: Planted) -> Self {
        Self {
            store,
            cache,
            planted,
            running: Mutex::default(),
        }
    }

    /// Has a request judged and written. Dropping the future withdraws what the store was not handed yet.
    pub(crate) async fn append(
        &self,
        request: AppendRequest,
        deadline: Instant,
    ) -> Result<Answer, Failure> {
        if request.is_check() && request.guards().is_empty() && request.key().is_none() {
            return Ok(Answer::Confirmed);
        }
        let place = self.place(deadline).await?;
        let handover = Arc::new(Handover::default());
        let withdraw = handover.withdraw_on_drop();
        let (reply, answer) = oneshot::channel();
        place.send(Waiting::Append {
            request,
            handover,
            reply,
        });
        unless_late(timeout_at(deadline, answer).await, &withdraw)?
    }

    /// Has a command decided, and what it decides judged and written. Answers what `told` hears from the job, which is
    /// withdrawn, as far as it can be, when time runs out or the future is dropped.
    pub(crate) async fn decide<T>(
        &self,
        job: Box<dyn Job>,
        handover: Arc<Handover>,
        told: oneshot::Receiver<T>,
        deadline: Instant,
    ) -> Result<T, Failure> {
        let place = self.place(deadline).await?;
        let withdraw = handover.withdraw_on_drop();
        place.send(Waiting::Job(job));
        unless_late(timeout_at(deadline, told).await, &withdraw)
    }

    /// Waits until all that is in the queue is answered, and what is under way beside it.
    pub(crate) async fn drain(&self) {
        let Some(running) = self.running_now().clone() else {
            return;
        };
        let (tell, told) = oneshot::channel();
        if running.queue.send(Waiting::Drain(tell)).await.is_ok() {
            // When the thread has ended, nothing is left to wait for.
            told.await.unwrap_or(());
        }
        drop(running.operations.write().await);
    }

    /// A place in the queue, when there is one.
    async fn place(&self, deadline: Instant) -> Result<mpsc::OwnedPermit<Waiting>, Failure> {
        let queue = self.running().map_err(Failure::Store)?.queue;
        match timeout_at(deadline, queue.reserve_owned()).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) => Err(Failure::Store(writer_gone())),
            Err(_) => Err(Failure::Timeout),
        }
    }

    /// [`EventStore::append`](crate::store::EventStore::append) of a group that nothing else joins, on the log's thread.
    pub(crate) async fn append_group(
        &self,
        group: Group,
    ) -> Result<Vec<Result<Answer, Refusal>>, StoreError> {
        let store = self.store.clone();
        self.on_thread(async move { store.append(group).await })
            .await
    }

    /// [`EventStore::locked`](crate::store::EventStore::locked), on the log's thread.
    pub(crate) async fn locked(
        &self,
        request: ReadRequest,
        decide: DecideLocked,
    ) -> Result<Option<Result<Answer, Refusal>>, StoreError> {
        let store = self.store.clone();
        self.on_thread(async move { store.locked(request, decide).await })
            .await
    }

    /// [`EventStore::settle`](crate::store::EventStore::settle), on the log's thread.
    pub(crate) async fn settle(&self, append_id: AppendId) -> Result<Settled, StoreError> {
        let store = self.store.clone();
        self.on_thread(async move { store.settle(append_id).await })
            .await
    }

    /// Runs [`EventStore::follow`](crate::store::EventStore::follow) on the log's thread, until it is aborted.
    pub(crate) fn follow(&self) -> Option<JoinHandle<()>> {
        let store = self.store.clone();
        let runtime = self.running().ok()?.runtime;
        Some(runtime.spawn(async move { store.follow().await }))
    }

    async fn on_thread<T: Send + 'static>(
        &self,
        operation: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let running = self.running()?;
        let operations = running.operations.clone();
        let task = running.runtime.spawn(async move {
            let _under_way = operations.read_owned().await;
            operation.await
        });
        let unknown = |error| StoreError::OutcomeUnknown(Arc::new(error));
        task.await.unwrap_or_else(|error| Err(unknown(error)))
    }

    fn running_now(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the thread when it is first needed, and again if code of the application has ended it by a panic.
    fn running(&self) -> Result<Running, StoreError> {
        let mut running = self.running_now();
        if let Some(running) = running.as_ref().filter(|it| !it.queue.is_closed()) {
            return Ok(running.clone());
        }
        let (queue, waiting) = mpsc::channel(QUEUE);
        let started = writer::start(
            self.store.clone(),
            self.cache.clone(),
            self.planted,
            waiting,
        );
        let runtime = started.map_err(|error| StoreError::Unavailable(Arc::new(error)))?;
        let operations = Arc::default();
        let new = Running {
            queue,
            runtime,
            operations,
        };
        *running = Some(new.clone());
        Ok(new)
    }
}

/// What was told in time. Otherwise the request is withdrawn, or the store has it.
fn unless_late<T>(
    told: Result<Result<T, oneshot::error::RecvError>, Elapsed>,
    withdraw: &Withdraw,
) -> Result<T, Failure> {
    let (withdrawn, why) = match told {
        Ok(Ok(told)) => return Ok(told),
        Ok(Err(_)) => (Failure::Store(writer_gone()), cause(WRITER_GONE)),
        Err(_) => (Failure::Timeout, timed_out()),
    };
    match withdraw.now() {
        Ok(()) => Err(withdrawn),
        Err(append_id) => Err(Failure::OutcomeUnknown(append_id, why)),
    }
}

const WRITER_GONE: &str = "the log's thread has ended";

fn writer_gone() -> StoreError {
    StoreError::Unavailable(cause(WRITER_GONE))
}

/// A cause that is only text.
pub(crate) fn cause(text: &'static str) -> Cause {
    Arc::from(Box::<dyn std::error::Error + Send + Sync>::from(text))
}

pub(crate) fn timed_out() -> Cause {
    cause("time ran out")
}

/// The moment at which `timeout` has passed; a timeout of ages is one of a year.
pub(crate) fn deadline_in(timeout: Duration) -> Instant {
    Instant::now() + timeout.min(A_YEAR)
}
