//! A store in which another client appends something behind a read.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::words::accepted;
use crate::id::AppendId;
use crate::store::{
    Answer, AppendRequest, DecideLocked, EventStore, Group, LogInfo, ReadRequest, Refusal, Settled,
    Snapshot, StoreError,
};

/// One handle that is used, and another one by which somebody else appends: one request behind each read, as long as
/// there is one.
pub(super) struct Between<S> {
    own: S,
    others: S,
    requests: Mutex<VecDeque<AppendRequest>>,
}

impl<S: EventStore> Between<S> {
    pub(super) fn new(
        own: S,
        others: S,
        requests: impl IntoIterator<Item = AppendRequest>,
    ) -> Self {
        let requests = Mutex::new(requests.into_iter().collect());
        Self {
            own,
            others,
            requests,
        }
    }
}

impl<S: EventStore> EventStore for Between<S> {
    type Connection = S::Connection;

    async fn append(&self, group: Group) -> Result<Vec<Result<Answer, Refusal>>, StoreError> {
        self.own.append(group).await
    }

    async fn read(&self, request: ReadRequest) -> Result<Snapshot, StoreError> {
        let snapshot = self.own.read(request).await?;
        let next = self
            .requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front();
        if let Some(request) = next {
            accepted(&self.others, request).await;
        }
        Ok(snapshot)
    }

    async fn locked(
        &self,
        request: ReadRequest,
        decide: DecideLocked,
    ) -> Result<Option<Result<Answer, Refusal>>, StoreError> {
        self.own.locked(request, decide).await
    }

    async fn settle(&self, append_id: AppendId) -> Result<Settled, StoreError> {
        self.own.settle(append_id).await
    }

    fn info(&self) -> &LogInfo {
        self.own.info()
    }
}
