//! Streams: the events of one entity in an order of their own, for aggregate-style code.

mod execute;
mod executing;
mod state;

use std::fmt;

pub use execute::Execute;
use executing::Executing;
use futures_util::TryStreamExt;
pub use state::StreamState;

use crate::command::IntoEvents;
use crate::decider::Decider;
use crate::error::ReadError;
use crate::event::{Event, Recorded};
use crate::log::{Append, EventLog, EventStream};
use crate::name::StreamName;
use crate::store::ExpectedRevision;

/// One stream of a log: load its events, append to it at an expected revision, execute commands on it. Made by
/// [`EventLog::stream`]; clones are cheap.
///
/// A stream begins with its first event; until then it is empty. Its events have revisions from 0, without a gap. They
/// are events of the log like all others, and facts read them too.
///
/// ```
/// # use factos::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// use factos::Decider;
/// use factos::store::ExpectedRevision;
///
/// #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
/// enum AccountEvent {
///     Deposited { amount: u32 },
///     Withdrawn { amount: u32 },
/// }
/// use AccountEvent::*;
///
/// #[derive(Debug, PartialEq)]
/// struct TooLittleMoney;
///
/// struct Withdraw(u32);
///
/// fn account() -> Decider<Withdraw, u32, AccountEvent, TooLittleMoney> {
///     let decide = |&Withdraw(amount): &Withdraw, balance: &u32| match amount {
///         0 => Ok(vec![]),
///         amount if amount > *balance => Err(TooLittleMoney),
///         amount => Ok(vec![Withdrawn { amount }]),
///     };
///     let evolve = |balance, event: &AccountEvent| match event {
///         Deposited { amount } => balance + amount,
///         Withdrawn { amount } => balance - amount,
///     };
///     Decider::new(0, decide, evolve)
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let log = factos::EventLog::new(factos::MemoryStore::new());
/// let stream = log.stream("account-1")?;
/// stream.append(Deposited { amount: 10 }, ExpectedRevision::NoStream).await?;
/// let accepted = stream.execute(&account(), Withdraw(7)).await?;
/// assert_eq!(accepted.events[0].stream.as_ref().map(|place| place.revision), Some(1));
///
/// let refused = stream.execute(&account(), Withdraw(7)).await;
/// assert!(matches!(refused, Err(factos::DispatchError::Rejected(TooLittleMoney))));
///
/// let events = stream.load::<AccountEvent>().await?;
/// assert_eq!(events[1].data, Withdrawn { amount: 7 });
/// assert_eq!(stream.state(&account()).await?.state, 3);
/// # Ok(())
/// # }
/// ```
pub struct StreamHandle<C> {
    log: EventLog<C>,
    name: StreamName,
}

impl<C> StreamHandle<C> {
    pub(crate) fn new(log: EventLog<C>, name: StreamName) -> Self {
        Self { log, name }
    }

    /// The stream's name.
    pub fn name(&self) -> &StreamName {
        &self.name
    }

    /// Its events in the order of their revisions, as a stream that holds two pages of them at most.
    ///
    /// ```
    /// # use factos_core::*;
    /// # use factos_core::store::ExpectedRevision;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let log = EventLog::new(MemoryStore::new());
    /// use futures_util::TryStreamExt;
    ///
    /// let stream = log.stream("job-1")?;
    /// for step in ["Begun", "Ended"] {
    ///     let event = NewEvent::new(EventType::new(step)?, Data::json("{}")?);
    ///     stream.append(event, ExpectedRevision::Any).await?;
    /// }
    /// let last = stream.events().backward().limit(1).stored().try_next().await?;
    /// assert_eq!(last.map(|event| event.event_type.to_string()), Some("Ended".into()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn events(&self) -> EventStream<C> {
        self.events_from(0)
    }

    /// The same from a revision on.
    pub fn events_from(&self, revision: u64) -> EventStream<C> {
        EventStream::stream(self.log.clone(), self.name.clone(), revision)
    }

    /// All its events, as events of `E`, with what was recorded with them; none when there is no such stream. They are
    /// the stream of one moment.
    ///
    /// # Errors
    /// When the store cannot answer, or an event cannot be decoded. One that `E` does not have is an error, unless the
    /// log was told to skip [unknown types](crate::UnknownTypes).
    pub async fn load<E: Event>(&self) -> Result<Vec<Recorded<E>>, ReadError>
    where
        C: 'static,
    {
        self.load_from(0).await
    }

    /// The same from a revision on: those behind what a caller knows already.
    ///
    /// ```
    /// # use factos::prelude::*;
    /// # use factos::store::ExpectedRevision;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
    /// # struct StepDone { step: u32 }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let log = factos::EventLog::new(factos::MemoryStore::new());
    /// let stream = log.stream("job-1")?;
    /// stream.append([1, 2, 3].map(|step| StepDone { step }), ExpectedRevision::NoStream).await?;
    /// let rest = stream.load_from::<StepDone>(2).await?;
    /// assert_eq!((rest.len(), &rest[0].data), (1, &StepDone { step: 3 }));
    /// assert!(log.stream("job-2")?.load::<StepDone>().await?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub async fn load_from<E: Event>(&self, revision: u64) -> Result<Vec<Recorded<E>>, ReadError>
    where
        C: 'static,
    {
        self.events_from(revision).decoded().try_collect().await
    }

    /// What its events add up to for a decider, and up to which revision that is: none when there is no such stream.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub async fn state<T, S: Clone, E: Event, X>(
        &self,
        decider: &Decider<T, S, E, X>,
    ) -> Result<StreamState<S>, ReadError> {
        let mut loaded = StreamState::new(decider);
        loaded
            .catch_up(&self.log, &self.name, None, decider)
            .await?;
        Ok(loaded)
    }

    /// Appends events to it, if it is at the expected revision. Await what it returns, or set options first. When the
    /// stream is at another revision, the answer is
    /// [`AppendError::WrongRevision`](crate::AppendError::WrongRevision).
    ///
    /// ```
    /// # use factos::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
    /// # struct StepDone { step: u32 }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let log = factos::EventLog::new(factos::MemoryStore::new());
    /// use factos::store::ExpectedRevision;
    /// use factos::{AppendError, Metadata};
    ///
    /// let stream = log.stream("job-1")?;
    /// let metadata = Metadata::new().with(Metadata::ACTOR, "ann");
    /// stream.append(StepDone { step: 1 }, ExpectedRevision::NoStream).metadata(metadata).await?;
    /// stream.append(StepDone { step: 2 }, ExpectedRevision::At(0)).await?;
    ///
    /// let late = stream.append(StepDone { step: 2 }, ExpectedRevision::At(0)).await;
    /// let Err(AppendError::WrongRevision(wrong)) = late else { panic!("the stream is further") };
    /// assert_eq!(wrong.next, 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn append(&self, events: impl IntoEvents, expected: ExpectedRevision) -> Append<C> {
        self.log
            .append(events)
            .to_stream(self.name.clone(), expected)
    }

    /// Has a decider decide a command on the stream's events, and appends what it decides if the stream is still the
    /// same; if it is not, again. Await what it returns, or set options first.
    ///
    /// ```
    /// # use factos::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
    /// # struct StepDone { step: u32 }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let log = factos::EventLog::new(factos::MemoryStore::new());
    /// use factos::{Decider, DispatchError};
    ///
    /// struct DoStep;
    /// #[derive(Debug, PartialEq)]
    /// struct AllDone;
    ///
    /// let job = Decider::new(
    ///     0,
    ///     |_: &DoStep, done| if *done < 2 { Ok(vec![StepDone { step: done + 1 }]) } else { Err(AllDone) },
    ///     |_, event: &StepDone| event.step,
    /// );
    /// let stream = log.stream("job-1")?;
    /// stream.execute(&job, DoStep).await?;
    /// stream.execute(&job, DoStep).rounds(1).timeout(std::time::Duration::from_secs(5)).await?;
    /// let refused = stream.execute(&job, DoStep).await;
    /// assert!(matches!(refused, Err(DispatchError::Rejected(AllDone))));
    /// # Ok(())
    /// # }
    /// ```
    pub fn execute<T, S: Clone, E, X>(
        &self,
        decider: &Decider<T, S, E, X>,
        command: T,
    ) -> Execute<C, T, S, E, X> {
        let (log, name) = (self.log.clone(), self.name.clone());
        Execute::new(Executing::new(log, name, decider.clone(), command))
    }
}

impl<C> Clone for StreamHandle<C> {
    fn clone(&self) -> Self {
        Self::new(self.log.clone(), self.name.clone())
    }
}

impl<C> fmt::Debug for StreamHandle<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StreamHandle").field(&self.name).finish()
    }
}
