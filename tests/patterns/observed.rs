//! A store that remembers what was asked of it, and lets something happen between a read and what follows.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::sync::{Arc, Mutex};

use factos::store::{
    Answer, DecideLocked, EventStore, Group, LogInfo, ReadRequest, Refusal, Settled, Snapshot,
    StoreError,
};
use factos::{AppendId, EventLog, IntoEvents, NewEvent};

use crate::support;

/// What one read asked for, and how many events each of its parts brought.
#[derive(Debug, Clone)]
pub struct Read {
    pub request: ReadRequest,
    pub events: Vec<usize>,
}

/// A store around another one.
pub struct Observed<S>(Arc<Inner<S>>);

struct Inner<S> {
    store: S,
    reads: Mutex<Vec<Read>>,
    after_read: Mutex<Vec<NewEvent>>,
}

impl<S> Clone for Observed<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S: EventStore> Observed<S> {
    pub fn new(store: S) -> Self {
        Self(Arc::new(Inner {
            store,
            reads: Mutex::default(),
            after_read: Mutex::default(),
        }))
    }

    pub fn log(&self) -> EventLog {
        EventLog::new(self.clone()).untyped()
    }

    /// The reads since this was asked last.
    pub fn reads(&self) -> Vec<Read> {
        std::mem::take(&mut *self.0.reads.lock().expect("no test panicked"))
    }

    /// Has another client append these events once, right behind the next read.
    pub fn after_next_read(&self, events: impl IntoEvents) {
        let events = events.into_events().encode().expect("it can be encoded");
        *self.0.after_read.lock().expect("no test panicked") = events;
    }
}

impl<S: EventStore> EventStore for Observed<S> {
    type Connection = S::Connection;

    async fn append(&self, group: Group) -> Result<Vec<Result<Answer, Refusal>>, StoreError> {
        self.0.store.append(group).await
    }

    async fn read(&self, request: ReadRequest) -> Result<Snapshot, StoreError> {
        let snapshot = self.0.store.read(request.clone()).await?;
        let events = snapshot.parts.iter().map(Vec::len).collect();
        let read = Read { request, events };
        self.0.reads.lock().expect("no test panicked").push(read);
        let others = std::mem::take(&mut *self.0.after_read.lock().expect("no test panicked"));
        if !others.is_empty() {
            let group = Group::single(support::append(others));
            for answer in self.0.store.append(group).await? {
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
        self.0.store.locked(request, decide).await
    }

    async fn settle(&self, append_id: AppendId) -> Result<Settled, StoreError> {
        self.0.store.settle(append_id).await
    }

    fn info(&self) -> &LogInfo {
        self.0.store.info()
    }
}
