//! The log: the handle that users hold.

pub(crate) mod append;
mod events;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

pub use append::Append;
pub use events::EventStream;
pub(crate) use events::decode_known;

use crate::command::{IntoEvents, Reads};
use crate::commit::Committer;
use crate::copy::CopyTo;
#[cfg(feature = "planted-faults")]
use crate::dispatch::Fault;
use crate::dispatch::{Cache, Dispatch, Planted, StateCache, Statistics};
use crate::error::{LimitError, ReadError};
use crate::facts::{Context, Facts};
use crate::id::{AppendId, IdSource, UuidV7};
use crate::limits::Limits;
use crate::name::StreamName;
use crate::position::Position;
use crate::projection::{Projection, ProjectionError, ProjectionHandle, ProjectionOptions};
use crate::query::Query;
use crate::read_model::ReadModel;
use crate::store::{DynStore, EventStore, LogInfo, ReadRequest, Settled, StoreError};
use crate::stream::StreamHandle;
use crate::subscription::{Followers, Following, Subscription};
use crate::time::{Clock, SystemClock, Timestamp};
use crate::watch::Watch;

/// The connection type of a log whose database is only known at run time: facts computed by SQL cannot be read from it.
#[derive(Debug, Clone, Copy)]
pub struct AnyConnection(());

/// A log of events: dispatch commands to it, read facts and events from it.
///
/// Made from a store by [`EventLog::new`], or by `factos::open(url)`. Clones are cheap and share everything. `C` is
/// the type of the database's connections, for facts that are computed by SQL.
///
/// All its futures can be dropped at any time; what was not handed to the store by then has not happened. They need
/// to run on a tokio runtime with its timer, which may be another one for each call. Appends are committed on a thread of
/// the log's own: under tokio's paused test clock, which does not wait for other threads, timeouts pass at once.
///
/// ```
/// # use factos::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
/// # struct SeatTaken { #[tag] room: String }
/// # #[fact]
/// # fn seats_taken(taken: u32, event: &SeatTaken, #[tag] room: &str) -> u32 {
/// #     match event { SeatTaken { .. } => taken + 1 }
/// # }
/// # struct TakeSeat { room: String }
/// # #[derive(Debug, PartialEq)]
/// # struct Full;
/// # #[decider]
/// # fn take_seat(cmd: &TakeSeat, #[fact(seats_taken(&cmd.room))] taken: u32) -> Result<SeatTaken, Full> {
/// #     if taken >= 2 { Err(Full) } else { Ok(SeatTaken { room: cmd.room.clone() }) }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let log = factos::EventLog::new(factos::MemoryStore::new());
/// log.dispatch(TakeSeat { room: "a".into() }).await?;
/// assert_eq!(log.read(seats_taken("a")).await?, 1);
/// # Ok(())
/// # }
/// ```
pub struct EventLog<C = AnyConnection> {
    shared: Arc<Shared>,
    connection: PhantomData<fn() -> C>,
}

struct Shared {
    store: Arc<dyn DynStore>,
    cache: Arc<Cache>,
    committer: Arc<Committer>,
    followers: Followers,
    options: LogOptions,
}

/// What reading events of a type does with stored events that the type does not have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnknownTypes {
    /// They are an error, so that nothing is missed silently.
    #[default]
    Fail,
    /// They are passed over.
    Skip,
}

/// How a log is used, beyond the store that it is made from. See [`EventLog::with_options`].
///
/// ```
/// use factos_core::{Limits, LogOptions, UnknownTypes};
/// let options = LogOptions::default()
///     .limits(Limits { events_per_append: 10, ..Limits::default() })
///     .unknown_types(UnknownTypes::Skip);
/// ```
#[derive(Clone)]
pub struct LogOptions {
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    limits: Limits,
    unknown_types: UnknownTypes,
    state_cache: StateCache,
    planted: Planted,
}

impl LogOptions {
    /// Where the time comes from that is recorded with events; the [`SystemClock`] by default.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Where the ids come from of events and appends that have none of their own; [`UuidV7`] by default.
    #[must_use]
    pub fn ids(mut self, ids: impl IdSource) -> Self {
        self.ids = Arc::new(ids);
        self
    }

    /// How large events and appends may be.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// What reading events of a type does with stored events that the type does not have; fail by default.
    #[must_use]
    pub fn unknown_types(mut self, unknown_types: UnknownTypes) -> Self {
        self.unknown_types = unknown_types;
        self
    }

    /// How much folded state is kept between dispatches; 64 MiB by default.
    #[must_use]
    pub fn state_cache(mut self, state_cache: StateCache) -> Self {
        self.state_cache = state_cache;
        self
    }

    /// Breaks a promise of the dispatcher, or of subscriptions.
    #[doc(hidden)]
    #[cfg(feature = "planted-faults")]
    #[must_use]
    pub fn plant(mut self, fault: Fault) -> Self {
        self.planted = Planted::new(fault);
        self
    }
}

impl Default for LogOptions {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            ids: Arc::new(UuidV7),
            limits: Limits::default(),
            unknown_types: UnknownTypes::default(),
            state_cache: StateCache::default(),
            planted: Planted::default(),
        }
    }
}

impl fmt::Debug for LogOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogOptions")
            .field("limits", &self.limits)
            .field("unknown_types", &self.unknown_types)
            .field("state_cache", &self.state_cache)
            .finish_non_exhaustive()
    }
}

impl<C> EventLog<C> {
    /// A log in this store.
    pub fn new(store: impl EventStore<Connection = C>) -> Self {
        Self::with_options(store, LogOptions::default())
    }

    /// A log in this store, with another clock, ids from elsewhere, other limits, or unknown types passed over.
    pub fn with_options(store: impl EventStore<Connection = C>, options: LogOptions) -> Self {
        let store: Arc<dyn DynStore> = Arc::new(store);
        let cache = Arc::new(Cache::new(store.clone(), options.state_cache));
        let committer = Committer::new(store.clone(), cache.clone(), options.planted);
        Self {
            shared: Arc::new(Shared {
                committer: Arc::new(committer),
                followers: Followers::default(),
                cache,
                store,
                options,
            }),
            connection: PhantomData,
        }
    }

    /// The same log without saying which database it is in: it reads no facts that are computed by SQL.
    pub fn untyped(self) -> EventLog {
        EventLog {
            shared: self.shared,
            connection: PhantomData,
        }
    }

    /// Dispatches a command: reads its facts, decides, and stores the events if the facts still hold; if they do not,
    /// again. Await what it returns, or set options first.
    ///
    /// ```
    /// # use factos::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
    /// # struct SeatTaken { #[tag] room: String }
    /// # #[fact]
    /// # fn seats_taken(taken: u32, event: &SeatTaken, #[tag] room: &str) -> u32 {
    /// #     match event { SeatTaken { .. } => taken + 1 }
    /// # }
    /// # struct TakeSeat { room: String }
    /// # #[derive(Debug, PartialEq)]
    /// # struct Full;
    /// # #[decider]
    /// # fn take_seat(cmd: &TakeSeat, #[fact(seats_taken(&cmd.room))] taken: u32) -> Result<SeatTaken, Full> {
    /// #     if taken >= 2 { Err(Full) } else { Ok(SeatTaken { room: cmd.room.clone() }) }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let log = factos::EventLog::new(factos::MemoryStore::new());
    /// let take = || TakeSeat { room: "a".into() };
    /// let accepted = log.dispatch(take()).await?;
    /// assert_eq!(accepted.events[0].event_type.as_str(), "SeatTaken");
    ///
    /// log.dispatch(take()).rounds(3).timeout(std::time::Duration::from_secs(5)).await?;
    /// let refused = log.dispatch(take()).await;
    /// assert!(matches!(refused, Err(factos::DispatchError::Rejected(Full))));
    /// # Ok(())
    /// # }
    /// ```
    pub fn dispatch<T: Reads<C>>(&self, command: T) -> Dispatch<C, T> {
        Dispatch::new(self.clone(), command)
    }

    /// The states of facts, all of one moment: of one fact, or of a tuple, `Option`, `Vec` or array of facts.
    ///
    /// ```
    /// # use factos::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
    /// # struct SeatTaken { #[tag] room: String }
    /// # #[fact]
    /// # fn seats_taken(taken: u32, event: &SeatTaken, #[tag] room: &str) -> u32 {
    /// #     match event { SeatTaken { .. } => taken + 1 }
    /// # }
    /// # struct TakeSeat { room: String }
    /// # #[derive(Debug, PartialEq)]
    /// # struct Full;
    /// # #[decider]
    /// # fn take_seat(cmd: &TakeSeat, #[fact(seats_taken(&cmd.room))] taken: u32) -> Result<SeatTaken, Full> {
    /// #     if taken >= 2 { Err(Full) } else { Ok(SeatTaken { room: cmd.room.clone() }) }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let log = factos::EventLog::new(factos::MemoryStore::new());
    /// log.append([SeatTaken { room: "a".into() }, SeatTaken { room: "b".into() }]).await?;
    /// let (a, others) = log.read((seats_taken("a"), vec![seats_taken("b"), seats_taken("c")])).await?;
    /// assert_eq!((a, others), (1, vec![1, 0]));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the store cannot answer, an event that the facts read cannot be decoded, or an argument of a fact cannot
    /// be a tag.
    pub async fn read<F: Facts<C>>(&self, facts: F) -> Result<F::States, ReadError> {
        let mut context = Context::new(&facts)?;
        if !context.is_empty() {
            let snapshot = self.store().read(context.request()).await?;
            context = context.fold(snapshot)?;
        }
        Ok(Arc::unwrap_or_clone(context.states(&facts)))
    }

    /// Appends events without a decision. Await what it returns, or say first under which conditions.
    ///
    /// ```
    /// # use factos_core::*;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let log = EventLog::new(MemoryStore::new());
    /// let event = NewEvent::new(EventType::new("CourseDefined")?, Data::json("{}")?);
    /// let stored = log.append([event]).await?;
    /// assert_eq!(stored[0].position, Position::new(1));
    /// # Ok(())
    /// # }
    /// ```
    pub fn append(&self, events: impl IntoEvents) -> Append<C> {
        Append::new(self.clone(), events.into_events())
    }

    /// The stored events that match a query, as a stream that holds two pages of them at most.
    ///
    /// ```
    /// # use factos::prelude::*;
    /// # use factos::Fact;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
    /// # struct SeatTaken { #[tag] room: String }
    /// # #[fact]
    /// # fn seats_taken(taken: u32, event: &SeatTaken, #[tag] room: &str) -> u32 {
    /// #     match event { SeatTaken { .. } => taken + 1 }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let log = factos::EventLog::new(factos::MemoryStore::new());
    /// use futures_util::TryStreamExt;
    ///
    /// log.append([SeatTaken { room: "a".into() }, SeatTaken { room: "b".into() }]).await?;
    /// let query = seats_taken("b").query()?;
    /// let events: Vec<_> = log.events(query).decoded::<SeatTaken>().try_collect().await?;
    /// assert_eq!((events.len(), events[0].position.get()), (1, 2));
    /// # Ok(())
    /// # }
    /// ```
    pub fn events(&self, query: Query) -> EventStream<C> {
        EventStream::query(self.clone(), query)
    }

    /// The events that match a query, followed from a position on: those that are stored, and then each one as it comes.
    ///
    /// ```
    /// # use factos::prelude::*;
    /// # use factos::Fact;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
    /// # struct SeatTaken { #[tag] room: String }
    /// # #[fact]
    /// # fn seats_taken(taken: u32, event: &SeatTaken, #[tag] room: &str) -> u32 {
    /// #     match event { SeatTaken { .. } => taken + 1 }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let log = factos::EventLog::new(factos::MemoryStore::new());
    /// use factos::Position;
    /// use futures_util::TryStreamExt;
    ///
    /// log.append([SeatTaken { room: "a".into() }, SeatTaken { room: "b".into() }]).await?;
    /// let mut taken = log.subscribe(query!(SeatTaken)?).from(Position::new(1)).decoded::<SeatTaken>();
    /// assert_eq!(taken.try_next().await?.map(|event| event.data.room), Some("b".into()));
    ///
    /// log.append([SeatTaken { room: "c".into() }]).await?;
    /// assert_eq!(taken.try_next().await?.map(|event| event.position.get()), Some(3));
    /// # Ok(())
    /// # }
    /// ```
    pub fn subscribe(&self, query: Query) -> Subscription<C> {
        Subscription::new(self.clone(), query)
    }

    /// The states of facts now, and after each change: of one fact, or of a tuple, `Option`, `Vec` or array of facts.
    ///
    /// ```
    /// # use factos::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
    /// # struct SeatTaken { #[tag] room: String }
    /// # #[fact]
    /// # fn seats_taken(taken: u32, event: &SeatTaken, #[tag] room: &str) -> u32 {
    /// #     match event { SeatTaken { .. } => taken + 1 }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let log = factos::EventLog::new(factos::MemoryStore::new());
    /// let mut seats = log.watch(seats_taken("a")).await?;
    /// assert_eq!(*seats.states(), 0);
    ///
    /// log.append([SeatTaken { room: "b".into() }, SeatTaken { room: "a".into() }]).await?;
    /// assert_eq!(*seats.changed().await?, 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`EventLog::read`], except that it waits for a store that is not available.
    pub async fn watch<F: Facts<C>>(&self, facts: F) -> Result<Watch<C, F>, ReadError> {
        Watch::new(self.clone(), facts).await
    }

    /// A projection of this log into a read model: to wait until it has come so far, to look at what it has parked, or to
    /// bring it up to date without a [`Runner`](crate::Runner).
    ///
    /// # Errors
    /// When its query is beyond the limits.
    pub fn projection<M, P>(
        &self,
        projection: P,
        model: &M,
    ) -> Result<ProjectionHandle<P, M>, ProjectionError>
    where
        M: ReadModel,
        P: Projection<M::Connection>,
    {
        let log = self.clone().untyped();
        ProjectionHandle::new(log, projection, model, ProjectionOptions::default())
    }

    /// The stream with this name, to load it, append to it, or execute commands on it, whether it has events or not. It
    /// takes a [`StreamName`], or text that is to be one.
    ///
    /// ```
    /// # use factos_core::{EventLog, LimitError, MemoryStore, StreamName};
    /// # let log = EventLog::new(MemoryStore::new());
    /// let stream = log.stream("account-1")?;
    /// assert_eq!(stream.name(), &StreamName::new("account-1")?);
    /// assert!(matches!(log.stream(""), Err(LimitError::NameLength { field: "stream", .. })));
    /// # Ok::<(), LimitError>(())
    /// ```
    ///
    /// # Errors
    /// As [`StreamName::new`], when the text cannot be a name.
    pub fn stream<N>(&self, name: N) -> Result<StreamHandle<C>, LimitError>
    where
        N: TryInto<StreamName, Error: Into<LimitError>>,
    {
        let name = name.try_into().map_err(Into::into)?;
        Ok(StreamHandle::new(self.clone(), name))
    }

    /// The position of the last event; [`Position::START`] when there is none.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn head(&self) -> Result<Position, StoreError> {
        let snapshot = self.store().read(ReadRequest::default()).await?;
        Ok(snapshot.head)
    }

    /// What became, for good, of an append whose outcome was unknown.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub async fn settle(&self, append_id: AppendId) -> Result<Settled, StoreError> {
        self.committer().settle(append_id).await
    }

    /// Copies this log into another one, in whatever store that is, with everything that both can tell: positions, ids,
    /// times, versions, tags, data, metadata, streams and their revisions, append ids and idempotency keys. The target
    /// is empty, or has what an earlier copy brought there. Await what it returns, or set options first.
    ///
    /// ```
    /// # use factos::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
    /// # struct SeatTaken { #[tag] room: String }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let log = factos::EventLog::new(factos::MemoryStore::new());
    /// # let grown = factos::EventLog::new(factos::MemoryStore::new());
    /// log.append([SeatTaken { room: "a".into() }]).await?;
    /// assert_eq!(log.copy_to(&grown).await?.events, 1);
    /// // Copying again brings what has come since.
    /// log.append([SeatTaken { room: "b".into() }]).await?;
    /// assert_eq!(log.copy_to(&grown).await?.events, 1);
    /// assert_eq!(grown.head().await?.get(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn copy_to<D>(&self, target: &EventLog<D>) -> CopyTo {
        CopyTo::new(self.clone().untyped(), target.clone().untyped())
    }

    /// The log's name and identity, and a wake-up when this process learns of new events.
    pub fn info(&self) -> &LogInfo {
        self.shared.store.info()
    }

    /// Waits until all appends and commands that were handed to this log before are answered, those of dropped futures
    /// too: for the clean end of a program that has stopped to dispatch.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # let log = factos_core::EventLog::new(factos_core::MemoryStore::new());
    /// log.drain().await;
    /// # }
    /// ```
    pub async fn drain(&self) {
        self.committer().drain().await;
    }

    /// What dispatching to this log has done since it was opened: what was known, read, lost.
    ///
    /// ```
    /// # use factos_core::{EventLog, MemoryStore};
    /// let log = EventLog::new(MemoryStore::new());
    /// assert_eq!(log.statistics().lost_rounds, 0);
    /// ```
    pub fn statistics(&self) -> Statistics {
        self.cache().statistics()
    }

    pub(crate) fn store(&self) -> &dyn DynStore {
        self.shared.store.as_ref()
    }

    pub(crate) fn cache(&self) -> &Cache {
        &self.shared.cache
    }

    pub(crate) fn shared_cache(&self) -> Arc<Cache> {
        self.shared.cache.clone()
    }

    pub(crate) fn planted(&self) -> Planted {
        self.shared.options.planted
    }

    pub(crate) fn committer(&self) -> &Arc<Committer> {
        &self.shared.committer
    }

    /// Has the store look for what others append, as long as what it answers is kept.
    pub(crate) fn follow(&self) -> Option<Arc<Following>> {
        self.shared.followers.join(&self.shared.committer)
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.shared.options.limits
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.shared.options.clock.now()
    }

    pub(crate) fn ids(&self) -> &dyn IdSource {
        self.shared.options.ids.as_ref()
    }

    pub(crate) fn unknown_types(&self) -> UnknownTypes {
        self.shared.options.unknown_types
    }
}

impl<C> Clone for EventLog<C> {
    fn clone(&self) -> Self {
        Self {
            shared: self.shared.clone(),
            connection: PhantomData,
        }
    }
}

impl<C> fmt::Debug for EventLog<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EventLog").field(self.info()).finish()
    }
}
