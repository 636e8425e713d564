//! A store in memory whose commits take a while, as those of databases do: meanwhile others come and wait.

use factos::store::{
    Answer, DecideLocked, EventStore, Group, LogInfo, ReadRequest, Refusal, Settled, Snapshot,
    StoreError,
};
use factos::{AnyConnection, AppendId, MemoryStore};

/// As slow as the threads that wait for it make it.
#[derive(Clone)]
pub struct Slow(pub MemoryStore);

/// How often others may run while it commits, at most.
const TURNS: u32 = 40;

impl EventStore for Slow {
    type Connection = AnyConnection;

    async fn append(&self, group: Group) -> Result<Vec<Result<Answer, Refusal>>, StoreError> {
        (0..fastrand::u32(..TURNS)).for_each(|_| std::thread::yield_now());
        EventStore::append(&self.0, group).await
    }

    async fn read(&self, request: ReadRequest) -> Result<Snapshot, StoreError> {
        EventStore::read(&self.0, request).await
    }

    async fn locked(
        &self,
        request: ReadRequest,
        decide: DecideLocked,
    ) -> Result<Option<Result<Answer, Refusal>>, StoreError> {
        EventStore::locked(&self.0, request, decide).await
    }

    async fn settle(&self, append_id: AppendId) -> Result<Settled, StoreError> {
        EventStore::settle(&self.0, append_id).await
    }

    fn info(&self) -> &LogInfo {
        EventStore::info(&self.0)
    }
}
