//! The store and the read model in memory: complete and simple, so that others are judged by them.

mod log;
mod read_model;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::id::{AppendId, LogId};
use crate::log::AnyConnection;
use crate::name::LogName;
use crate::store::{
    Answer, DecideLocked, EventStore, Group, LogInfo, ReadRequest, Refusal, Settled, Snapshot,
    StoreError,
};
use log::Log;
pub use read_model::{MemoryReadModel, MemoryReadModelTransaction};

/// A log in this process's memory, gone when the last clone is dropped. Keeps every guarantee but durability.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use factos_core::{EventLog, MemoryStore};
/// let log = EventLog::new(MemoryStore::new());
/// assert_eq!(log.head().await?.get(), 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct MemoryStore(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    info: LogInfo,
    log: Mutex<Log>,
}

impl MemoryStore {
    /// An empty log named `main`.
    pub fn new() -> Self {
        Self::named(LogName::default())
    }

    /// An empty log of this name.
    pub fn named(name: LogName) -> Self {
        Self(Arc::new(Shared {
            info: LogInfo::new(name, LogId::new()),
            log: Mutex::default(),
        }))
    }

    /// [`EventStore::append`] without waiting: there is nothing to wait for.
    ///
    /// # Errors
    /// Each request's own; see [`Refusal`].
    pub fn append_now(&self, group: &Group) -> Vec<Result<Answer, Refusal>> {
        let mut log = self.lock();
        let answers = log.append(group);
        let head = log.head();
        drop(log);
        self.0.info.announce(head);
        answers
    }

    /// [`EventStore::read`] without waiting.
    pub fn read_now(&self, request: &ReadRequest) -> Snapshot {
        self.lock().read(request)
    }

    /// No step leaves the log half changed, so a panic of another thread has not harmed it.
    fn lock(&self) -> MutexGuard<'_, Log> {
        self.0.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl EventStore for MemoryStore {
    type Connection = AnyConnection;

    async fn append(&self, group: Group) -> Result<Vec<Result<Answer, Refusal>>, StoreError> {
        Ok(self.append_now(&group))
    }

    async fn read(&self, request: ReadRequest) -> Result<Snapshot, StoreError> {
        Ok(self.read_now(&request))
    }

    async fn locked(
        &self,
        request: ReadRequest,
        decide: DecideLocked,
    ) -> Result<Option<Result<Answer, Refusal>>, StoreError> {
        let mut log = self.lock();
        let Some(request) = decide(log.read(&request)) else {
            return Ok(None);
        };
        let answer = log.append(&Group::single(request)).pop();
        let head = log.head();
        drop(log);
        self.0.info.announce(head);
        Ok(answer)
    }

    async fn settle(&self, append_id: AppendId) -> Result<Settled, StoreError> {
        Ok(self.lock().settle(append_id))
    }

    fn info(&self) -> &LogInfo {
        &self.0.info
    }

    /// Nobody else appends: each append tells of itself.
    async fn follow(&self) {
        std::future::pending::<()>().await;
    }
}
