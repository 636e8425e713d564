//! A store to which something happens at chosen moments.

use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use factos::AppendId;
use factos::store::{
    Answer, DecideLocked, EventStore, Group, LogInfo, ReadRequest, Refusal, Settled, Snapshot,
    StoreError,
};

type Done = Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send>>;
type Act<S> = Arc<dyn Fn(Moment, u32, S) -> Done + Send + Sync>;
type Edit = Arc<dyn Fn(&mut Snapshot) + Send + Sync>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    BeforeRead,
    AfterRead,
    /// Of an append, or of settling one.
    BeforeWrite,
    AfterWrite,
}

/// The store, and what happens to it: at each moment, which are counted from 0, the hook may do something with the store,
/// or fail the call.
#[derive(Clone)]
pub struct Hooked<S> {
    store: S,
    act: Act<S>,
    edit: Edit,
    moments: Arc<AtomicU32>,
}

impl<S: EventStore + Clone> Hooked<S> {
    pub fn new<F>(store: S, act: impl Fn(Moment, u32, S) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), StoreError>> + Send + 'static,
    {
        Self {
            store,
            act: Arc::new(move |moment, number, store| Box::pin(act(moment, number, store))),
            edit: Arc::new(|_| ()),
            moments: Arc::default(),
        }
    }

    /// One whose reads tell something else than it holds.
    pub fn lying(store: S, edit: impl Fn(&mut Snapshot) + Send + Sync + 'static) -> Self {
        let edit: Edit = Arc::new(edit);
        Self {
            edit,
            ..Self::new(store, |_, _, _| ready(Ok(())))
        }
    }

    /// How many moments there were.
    pub fn moments(&self) -> u32 {
        self.moments.load(Ordering::Relaxed)
    }

    async fn at(&self, moment: Moment) -> Result<(), StoreError> {
        let number = self.moments.fetch_add(1, Ordering::Relaxed);
        (self.act)(moment, number, self.store.clone()).await
    }
}

impl<S: EventStore + Clone> EventStore for Hooked<S> {
    type Connection = S::Connection;

    async fn append(&self, group: Group) -> Result<Vec<Result<Answer, Refusal>>, StoreError> {
        self.at(Moment::BeforeWrite).await?;
        let answers = self.store.append(group).await?;
        self.at(Moment::AfterWrite).await?;
        Ok(answers)
    }

    async fn read(&self, request: ReadRequest) -> Result<Snapshot, StoreError> {
        self.at(Moment::BeforeRead).await?;
        let mut snapshot = self.store.read(request).await?;
        self.at(Moment::AfterRead).await?;
        (self.edit)(&mut snapshot);
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
        self.at(Moment::BeforeWrite).await?;
        let settled = self.store.settle(append_id).await?;
        self.at(Moment::AfterWrite).await?;
        Ok(settled)
    }

    fn info(&self) -> &LogInfo {
        self.store.info()
    }
}
