//! A store in memory where something happens at chosen moments.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use factos::store::{
    Answer, Cause, DecideLocked, EventStore, Group, LogInfo, ReadRequest, Refusal, Settled,
    Snapshot, StoreError,
};
use factos::{AnyConnection, AppendId, EventLog, LogOptions, MemoryStore, Position, StateCache};

pub type Hook = Arc<dyn Fn(&MemoryStore) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// A store in memory where something happens at chosen moments.
#[derive(Clone)]
pub struct Staged {
    pub memory: MemoryStore,
    pub after_read: Hook,
    pub before_append: Hook,
    pub after_append: Hook,
    pub locked: Arc<AtomicU32>,
    /// So many appends fail before anything is written, as the log is not what it was.
    pub rewinds: Arc<AtomicU32>,
    /// So many appends fail before anything is written, as the database cannot be reached.
    pub fails: Arc<AtomicU32>,
    /// So many appends are written, and not answered.
    pub loses_answers: Arc<AtomicU32>,
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

/// Whether there was one left, which is taken.
fn one_less(left: &AtomicU32) -> bool {
    let take = |left: u32| left.checked_sub(1);
    let taken = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
    taken.is_ok()
}

impl Staged {
    pub fn new() -> Self {
        Self {
            memory: MemoryStore::new(),
            after_read: nothing(),
            before_append: nothing(),
            after_append: nothing(),
            locked: Arc::default(),
            rewinds: Arc::default(),
            fails: Arc::default(),
            loses_answers: Arc::default(),
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
        let cause = || -> Cause { Arc::from(Box::<dyn Error + Send + Sync>::from("as asked for")) };
        if one_less(&self.rewinds) {
            let (seen, head) = (Position::new(9), Position::new(1));
            let error = StoreError::Rewound { seen, head };
            self.memory.info().take_as_it_is(&error);
            return Err(error);
        }
        if one_less(&self.fails) {
            return Err(StoreError::Unavailable(cause()));
        }
        let answers = self.memory.append_now(&group);
        (self.after_append)(&self.memory).await;
        if one_less(&self.loses_answers) {
            return Err(StoreError::OutcomeUnknown(cause()));
        }
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
