//! A store whose kind is only known at run time, for those who need more of it than a log gives.

use std::pin::Pin;
use std::sync::Arc;

use factos::postgres::PostgresStore;
use factos::sqlite::SqliteStore;
use factos::store::{
    Answer, DecideLocked, EventStore, Group, LogInfo, ReadRequest, Refusal, Settled, Snapshot,
    StoreError,
};
use factos::{AnyConnection, AppendId};

/// Any store.
#[derive(Clone)]
pub struct Store(Arc<dyn Erased>);

impl Store {
    pub fn new(store: impl EventStore) -> Self {
        Self(Arc::new(store))
    }

    /// The log that a URL names.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        match url.split_once(':') {
            Some(("postgres", _)) => Ok(Self::new(PostgresStore::open(url).await?)),
            Some(("sqlite", _)) => Ok(Self::new(SqliteStore::open(url).await?)),
            _ => panic!("several processes cannot open {url}"),
        }
    }
}

type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// [`EventStore`] as an object.
trait Erased: Send + Sync {
    fn append(&self, group: Group) -> Pending<'_, Vec<Result<Answer, Refusal>>>;
    fn read(&self, request: ReadRequest) -> Pending<'_, Snapshot>;
    fn locked(
        &self,
        request: ReadRequest,
        decide: DecideLocked,
    ) -> Pending<'_, Option<Result<Answer, Refusal>>>;
    fn settle(&self, append_id: AppendId) -> Pending<'_, Settled>;
    fn info(&self) -> &LogInfo;
}

impl<S: EventStore> Erased for S {
    fn append(&self, group: Group) -> Pending<'_, Vec<Result<Answer, Refusal>>> {
        Box::pin(EventStore::append(self, group))
    }

    fn read(&self, request: ReadRequest) -> Pending<'_, Snapshot> {
        Box::pin(EventStore::read(self, request))
    }

    fn locked(
        &self,
        request: ReadRequest,
        decide: DecideLocked,
    ) -> Pending<'_, Option<Result<Answer, Refusal>>> {
        Box::pin(EventStore::locked(self, request, decide))
    }

    fn settle(&self, append_id: AppendId) -> Pending<'_, Settled> {
        Box::pin(EventStore::settle(self, append_id))
    }

    fn info(&self) -> &LogInfo {
        EventStore::info(self)
    }
}

impl EventStore for Store {
    type Connection = AnyConnection;

    async fn append(&self, group: Group) -> Result<Vec<Result<Answer, Refusal>>, StoreError> {
        self.0.append(group).await
    }

    async fn read(&self, request: ReadRequest) -> Result<Snapshot, StoreError> {
        self.0.read(request).await
    }

    async fn locked(
        &self,
        request: ReadRequest,
        decide: DecideLocked,
    ) -> Result<Option<Result<Answer, Refusal>>, StoreError> {
        self.0.locked(request, decide).await
    }

    async fn settle(&self, append_id: AppendId) -> Result<Settled, StoreError> {
        self.0.settle(append_id).await
    }

    fn info(&self) -> &LogInfo {
        self.0.info()
    }
}
