//! The store: what a log needs from a database, and what it may rely on.

mod error;
mod group;
mod info;
mod read;
mod request;

use std::future::Future;
use std::pin::Pin;

pub use error::{BrokenGuard, Cause, Refusal, StoreError};
pub use group::Group;
pub use info::{HeadWatch, LogInfo, Seen};
pub use read::{Direction, ReadPart, ReadRequest, Receipts, Snapshot, Source};
pub(crate) use request::needed;
pub use request::{
    Answer, AppendRequest, Appended, ExpectedRevision, Guard, IdempotencyKey, Receipt, Settled,
    StreamAppend,
};

/// Decides while the log's lock is held: gets what was read, answers what to append, or nothing.
///
/// It is called once at most, must not block, and must not panic.
pub type DecideLocked = Box<dyn FnOnce(Snapshot) -> Option<AppendRequest> + Send>;

/// One log in one database.
///
/// Whoever implements it promises the guarantees below. `testing::contract`, behind the feature `contract`, has tests of
/// each one for every store.
///
/// - **G1** An acknowledged append is durable.
/// - **G2** An append is all or nothing, in order, at consecutive positions.
/// - **G3** No committed append violated its guards in the final order.
/// - **G4** Positions are gapless, strictly increasing, in commit order; what is visible is always a prefix.
/// - **G5** A read's events and its head come from one snapshot.
/// - **G6** A read returns exactly what it asks for, once, in order: forwards or backwards, from, to, limit.
/// - **G7** Unconditional appends are ordered like all others.
/// - **G8** An event id occurs once; a repeated append id or idempotency key is answered with the first outcome.
/// - **G9** Stream revisions are consecutive from 0; a wrong expectation is refused.
/// - **G10** Unrelated guards never conflict.
/// - **G11** A failed append leaves nothing, and consumes no position.
/// - **G12** Every byte of type, tags, metadata and data comes back.
/// - **G13** What was stored is never changed or deleted.
/// - **G14** Errors are the typed ones; what cannot be enforced is refused, never ignored.
/// - **G15** Logs do not see each other.
/// - **G16** A dropped future leaves no partial append and no open transaction.
///
/// No item of a query that it is asked has more than [`MAX_ITEM_TAGS`](crate::MAX_ITEM_TAGS) tags: a log refuses others.
///
/// A store judges a request in this order: append id, idempotency key, the requests that it depends on, event ids, stream
/// expectation, guards.
pub trait EventStore: Send + Sync + 'static {
    /// The type of the database's connections, for facts that are computed by SQL;
    /// [`AnyConnection`](crate::AnyConnection) when there are none.
    type Connection: 'static;

    /// Judges and writes a group of requests in one commit, in their order, and answers each one.
    ///
    /// A request that is refused writes nothing and does not keep others from being accepted, unless an edge of the
    /// group says so (see [`Group`]). `recorded_at` of a request is raised to that of the event in front.
    ///
    /// # Errors
    /// The outer error concerns the whole group: nothing of it was written, except with
    /// [`StoreError::OutcomeUnknown`].
    fn append(
        &self,
        group: Group,
    ) -> impl Future<Output = Result<Vec<Result<Answer, Refusal>>, StoreError>> + Send;

    /// Reads several parts and the head from one snapshot.
    ///
    /// # Errors
    /// When the store cannot be reached or what it holds cannot be read.
    fn read(
        &self,
        request: ReadRequest,
    ) -> impl Future<Output = Result<Snapshot, StoreError>> + Send;

    /// Reads, decides and appends while no other append can come in between, in any process.
    ///
    /// `None` when `decide` answered nothing: then nothing was written, and what it saw was true while it decided.
    ///
    /// # Errors
    /// As [`EventStore::append`].
    fn locked(
        &self,
        request: ReadRequest,
        decide: DecideLocked,
    ) -> impl Future<Output = Result<Option<Result<Answer, Refusal>>, StoreError>> + Send;

    /// What became of an append, for good: if it is not there, its id is made void, and a late arrival is refused.
    ///
    /// # Errors
    /// When the store cannot be asked.
    fn settle(
        &self,
        append_id: crate::AppendId,
    ) -> impl Future<Output = Result<Settled, StoreError>> + Send;

    /// The log's name, identity and wake-up.
    fn info(&self) -> &LogInfo;

    /// Keeps [`LogInfo`] informed of what others append, for as long as it is polled: it may be dropped at any time.
    ///
    /// A log runs it once, while somebody follows the log. It goes on through failures of the database by itself. It need not
    /// notice everything: whoever follows the log also looks by itself, once a second. Unless a store knows something better,
    /// it reads where the log ends ten times a second.
    fn follow(&self) -> impl Future<Output = ()> + Send {
        async {
            loop {
                tokio::time::sleep(LOOK).await;
                // A failure is met by whoever reads next.
                if let Ok(snapshot) = self.read(ReadRequest::default()).await {
                    self.info().announce(snapshot.head);
                }
            }
        }
    }
}

/// How often a store looks for what others have appended when it knows nothing better.
const LOOK: std::time::Duration = std::time::Duration::from_millis(100);

pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// [`EventStore`] as an object, so that a log can be held without naming its store.
pub(crate) trait DynStore: Send + Sync + 'static {
    fn append(
        &self,
        group: Group,
    ) -> BoxFuture<'_, Result<Vec<Result<Answer, Refusal>>, StoreError>>;
    fn read(&self, request: ReadRequest) -> BoxFuture<'_, Result<Snapshot, StoreError>>;
    fn locked(
        &self,
        request: ReadRequest,
        decide: DecideLocked,
    ) -> BoxFuture<'_, Result<Option<Result<Answer, Refusal>>, StoreError>>;
    fn settle(&self, append_id: crate::AppendId) -> BoxFuture<'_, Result<Settled, StoreError>>;
    fn info(&self) -> &LogInfo;
    fn follow(&self) -> BoxFuture<'_, ()>;
}

impl<S: EventStore> DynStore for S {
    fn append(
        &self,
        group: Group,
    ) -> BoxFuture<'_, Result<Vec<Result<Answer, Refusal>>, StoreError>> {
        Box::pin(EventStore::append(self, group))
    }

    fn read(&self, request: ReadRequest) -> BoxFuture<'_, Result<Snapshot, StoreError>> {
        Box::pin(EventStore::read(self, request))
    }

    fn locked(
        &self,
        request: ReadRequest,
        decide: DecideLocked,
    ) -> BoxFuture<'_, Result<Option<Result<Answer, Refusal>>, StoreError>> {
        Box::pin(EventStore::locked(self, request, decide))
    }

    fn settle(&self, append_id: crate::AppendId) -> BoxFuture<'_, Result<Settled, StoreError>> {
        Box::pin(EventStore::settle(self, append_id))
    }

    fn info(&self) -> &LogInfo {
        EventStore::info(self)
    }

    fn follow(&self) -> BoxFuture<'_, ()> {
        Box::pin(EventStore::follow(self))
    }
}
