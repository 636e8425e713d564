//! A store that remembers what was asked of it, and lets something happen between a read and what follows.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::sync::{Arc, Mutex};

use factos::sqlite::SqliteStore;
use factos::store::{
    Answer, DecideLocked, EventStore, Group, LogInfo, ReadRequest, Refusal, Settled, Snapshot,
    StoreError,
};
use factos::{AppendId, EventLog, IntoEvents, LogOptions, MemoryStore, NewEvent, StateCache};

use crate::support;

/// Tests a rule on a fresh log in every store.
pub async fn on_every_store(rule: impl AsyncFn(EventLog, Seen)) {
    on_every_store_with(LogOptions::default(), rule).await;
}

/// Tests a rule on a fresh log in every store, with these options. The log reads its facts anew for each dispatch, so that
/// it is known when it reads.
pub async fn on_every_store_with(options: LogOptions, rule: impl AsyncFn(EventLog, Seen)) {
    let options = options.state_cache(StateCache::off());
    let (log, seen) = observe(MemoryStore::new(), options.clone());
    rule(log, seen).await;
    let directory = tempfile::tempdir().expect("a directory");
    let store = SqliteStore::open(&support::sqlite_url(&directory)).await;
    let (log, seen) = observe(store.expect("the file opens"), options);
    rule(log, seen).await;
}

/// A log in this store, and what is seen of it.
pub fn observe(store: impl EventStore, options: LogOptions) -> (EventLog, Seen) {
    let seen = Seen::default();
    let observed = Observed {
        store,
        seen: seen.clone(),
    };
    (EventLog::with_options(observed, options).untyped(), seen)
}

/// What one read asked for, and how many events each of its parts brought.
#[derive(Debug, Clone)]
pub struct Read {
    pub request: ReadRequest,
    pub events: Vec<usize>,
}

/// What was asked of a store, and what is to happen next.
#[derive(Clone, Default)]
pub struct Seen {
    reads: Arc<Mutex<Vec<Read>>>,
    after_read: Arc<Mutex<Vec<NewEvent>>>,
}

impl Seen {
    /// The reads since this was asked last.
    pub fn reads(&self) -> Vec<Read> {
        std::mem::take(&mut *self.reads.lock().expect("no test panicked"))
    }

    /// Has another client append these events once, right behind the next read.
    pub fn after_next_read(&self, events: impl IntoEvents) {
        let events = events.into_events().encode().expect("it can be encoded");
        *self.after_read.lock().expect("no test panicked") = events;
    }
}

struct Observed<S> {
    store: S,
    seen: Seen,
}

impl<S: EventStore> EventStore for Observed<S> {
    type Connection = S::Connection;

    async fn append(&self, group: Group) -> Result<Vec<Result<Answer, Refusal>>, StoreError> {
        self.store.append(group).await
    }

    async fn read(&self, request: ReadRequest) -> Result<Snapshot, StoreError> {
        let snapshot = self.store.read(request.clone()).await?;
        let events = snapshot.parts.iter().map(Vec::len).collect();
        let read = Read { request, events };
        self.seen.reads.lock().expect("no test panicked").push(read);
        let others = std::mem::take(&mut *self.seen.after_read.lock().expect("no test panicked"));
        if !others.is_empty() {
            let group = Group::single(support::append(others));
            for answer in self.store.append(group).await? {
                answer.expect("an unconditional append");
            }
        }
        Ok(snapshot)
    }

    async fn locked(
        &self,
        request: ReadRequest,
        decide: DecideLocked,
    ) -> Result<Option<Result<Answer, Refusal>>, StoreError> {
        self.store.locked(request, decide).await
    }

    async fn settle(&self, append_id: AppendId) -> Result<Settled, StoreError> {
        self.store.settle(append_id).await
    }

    fn info(&self) -> &LogInfo {
        self.store.info()
    }
}
