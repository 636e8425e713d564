//! A store in memory where something happens at chosen moments.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use factos::store::{
    Answer, DecideLocked, EventStore, Group, LogInfo, ReadRequest, Refusal, Settled, Snapshot,
    StoreError,
};
use factos::{AnyConnection, AppendId, EventLog, LogOptions, MemoryStore, StateCache};

pub type Hook = Arc<dyn Fn(&MemoryStore) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// A store in memory where something happens at chosen moments.
#[derive(Clone)]
pub struct Staged {
    pub memory: MemoryStore,
    pub after_read: Hook,
    pub before_append: Hook,
    pub after_append: Hook,
    pub locked: Arc<AtomicU32>,
}

fn nothing() -> Hook {
    Arc::new(|_| Box::pin(async {}))
}

/// Waits for ever.
pub fn never() -> Hook {
    Arc::new(|_| Box::pin(std::future::pending()))
}

/// Does something to the log, at most so many times.
pub fn at_most(times: u32, act: impl Fn(&MemoryStore) + Send + Sync + 'static) -> Hook {
    let done = AtomicU32::new(0);
    Arc::new(move |memory| {
        if done.fetch_add(1, Ordering::Relaxed) < times {
            act(memory);
        }
        Box::pin(async {})
    })
}

impl Staged {
    pub fn new() -> Self {
        Self {
            memory: MemoryStore::new(),
            after_read: nothing(),
            before_append: nothing(),
            after_append: nothing(),
            locked: Arc::default(),
        }
    }

    /// A log that reads its facts anew for each dispatch, so that it is known when it reads.
    pub fn log(&self) -> EventLog {
        let options = LogOptions::default().state_cache(StateCache::off());
        EventLog::with_options(self.clone(), options)
    }

    /// How many events the log holds.
    pub fn stored(&self) -> usize {
        self.memory.read_now(&super::everything()).parts[0].len()
    }
}

impl EventStore for Staged {
    type Connection = AnyConnection;

    async fn append(&self, group: Group) -> Result<Vec<Result<Answer, Refusal>>, StoreError> {
        (self.before_append)(&self.memory).await;
        let answers = self.memory.append_now(&group);
        (self.after_append)(&self.memory).await;
        Ok(answers)
    }

    async fn read(&self, request: ReadRequest) -> Result<Snapshot, StoreError> {
        let snapshot = self.memory.read_now(&request);
        (self.after_read)(&self.memory).await;
        Ok(snapshot)
    }

    async fn locked(
        &self,
        request: ReadRequest,
        decide: DecideLocked,
    ) -> Result<Option<Result<Answer, Refusal>>, StoreError> {
        self.locked.fetch_add(1, Ordering::Relaxed);
        EventStore::locked(&self.memory, request, decide).await
    }

    async fn settle(&self, append_id: AppendId) -> Result<Settled, StoreError> {
        EventStore::settle(&self.memory, append_id).await
    }

    fn info(&self) -> &LogInfo {
        self.memory.info()
    }
}
