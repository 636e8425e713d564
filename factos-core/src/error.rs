//! What can go wrong, and what to do then.

use std::convert::Infallible;

use crate::codec::CodecError;
use crate::event::StoredEvent;
use crate::id::AppendId;
use crate::name::EventType;
use crate::name::StreamName;
use crate::position::Position;
use crate::store::{Cause, ExpectedRevision, Receipt, Refusal, StoreError};
use crate::tag::Tags;

/// Something is longer, larger or more than the log takes. Nothing was written; send less.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LimitError {
    /// A name is empty or too long.
    #[error("{field} has {bytes} bytes; it takes 1 to {limit}")]
    NameLength {
        /// What the name is of.
        field: &'static str,
        /// Its length in bytes.
        bytes: usize,
        /// The most it may have.
        limit: usize,
    },
    /// Text holds a NUL character, which databases do not store.
    #[error("{field} holds a NUL character")]
    NulByte {
        /// Where it stands.
        field: &'static str,
    },
    /// A tag is too long.
    #[error("a tag has {bytes} bytes; it takes at most {limit}")]
    TagTooLong {
        /// Its length in bytes, key and colon included.
        bytes: usize,
        /// The most it may have.
        limit: usize,
    },
    /// A tag has no key.
    #[error("a tag is `key:value`, with a key that is not empty")]
    EmptyTagKey,
    /// An event has too many tags.
    #[error("event {event_type} has {tags} tags; it takes at most {limit}")]
    TooManyTags {
        /// The event's type.
        event_type: Box<str>,
        /// How many it has.
        tags: usize,
        /// The most it may have.
        limit: usize,
    },
    /// An item of a query asks for too many tags at once.
    #[error("an item of the query has {tags} tags; it takes at most {limit}")]
    QueryTooWide {
        /// How many it has.
        tags: usize,
        /// The most it may have.
        limit: usize,
    },
    /// An event's data and metadata are too large.
    #[error("event {event_type} has {bytes} bytes; it takes at most {limit}")]
    EventTooLarge {
        /// The event's type.
        event_type: Box<str>,
        /// Bytes of data and metadata.
        bytes: usize,
        /// The most it may have.
        limit: usize,
    },
    /// An append has too many events.
    #[error("the append has {events} events; it takes at most {limit}")]
    TooManyEvents {
        /// How many it has.
        events: usize,
        /// The most it may have.
        limit: usize,
    },
    /// The events of an append are too large together.
    #[error("the append has {bytes} bytes; it takes at most {limit}")]
    AppendTooLarge {
        /// Bytes of data and metadata.
        bytes: usize,
        /// The most it may have.
        limit: usize,
    },
}

/// What is a name already is never refused.
impl From<Infallible> for LimitError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// A duration, count or frequency that cannot work, such as a timeout of zero. Correct the call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{option} cannot be {value}: {rule}")]
pub struct InvalidOption {
    /// The option's name.
    pub option: &'static str,
    /// What it was set to.
    pub value: String,
    /// What it takes.
    pub rule: &'static str,
}

/// An event could not be encoded. Nothing was written; correct the event or its codec.
#[derive(Debug, thiserror::Error)]
#[error("event {event_type} cannot be encoded")]
pub struct EncodeError {
    /// The event's type.
    pub event_type: &'static str,
    source: CodecError,
}

impl EncodeError {
    pub(crate) fn new(event_type: &'static str, source: CodecError) -> Self {
        Self { event_type, source }
    }
}

/// A stored event could not be decoded. Correct the codec, add an alias or an upcast, or skip unknown types.
#[derive(Debug, thiserror::Error)]
#[error("event {event_type} (version {version}) at position {position} {problem}")]
pub struct DecodeError {
    /// Where it stands.
    pub position: Position,
    /// Its stored type.
    pub event_type: EventType,
    /// The version of its stored form.
    pub version: u32,
    problem: Problem,
    source: Option<CodecError>,
}

#[derive(Debug)]
enum Problem {
    UnknownType(&'static str),
    Data(&'static str),
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnknownType(rust) => write!(f, "is not an event of {rust}"),
            Self::Data(text) => f.write_str(text),
        }
    }
}

impl DecodeError {
    pub(crate) fn unknown_type(event: &StoredEvent, rust: &'static str) -> Self {
        Self::new(event, Problem::UnknownType(rust), None)
    }

    pub(crate) fn data(event: &StoredEvent, cause: CodecError) -> Self {
        Self::new(
            event,
            Problem::Data("has data that does not fit it"),
            Some(cause),
        )
    }

    pub(crate) fn panicked(event: &StoredEvent, message: String) -> Self {
        Self::data(event, CodecError::new(message))
    }

    fn new(event: &StoredEvent, problem: Problem, source: Option<CodecError>) -> Self {
        Self {
            position: event.position,
            event_type: event.event_type.clone(),
            version: event.version,
            problem,
            source,
        }
    }

    /// Whether the type is one that the reader does not know, rather than data that does not fit.
    pub fn is_unknown_type(&self) -> bool {
        matches!(self.problem, Problem::UnknownType(_))
    }
}

/// Facts or events could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// An event could not be decoded: correct the codec or the data.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// An argument of a fact cannot be a tag, so that no event could carry it.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// The store could not answer: see [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Events could not be appended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// The stream was not at the expected revision: others were faster. Nothing was written; load it again, decide again.
    #[error(transparent)]
    WrongRevision(WrongRevision),
    /// The store refused them for another reason, for instance as a guard no longer holds. Nothing was written.
    #[error(transparent)]
    Refused(Refusal),
    /// An event could not be encoded. Nothing was written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// They are too large or too many. Nothing was written.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// An option of the append cannot work. Nothing was written.
    #[error(transparent)]
    Option(#[from] InvalidOption),
    /// Time ran out before they were handed to the store. Nothing was written; append again.
    #[error("time ran out while the append was to wait")]
    Timeout,
    /// The store could not be asked in time whether they were written: ask
    /// [`settle`](crate::EventLog::settle) with the id.
    #[error("it is not known whether append {append_id} was written")]
    OutcomeUnknown {
        /// The append's id.
        append_id: AppendId,
        /// What kept the store from answering.
        #[source]
        cause: Cause,
    },
    /// It happened: it was stored before under the same id or key. Only its events could not be read back. Do not
    /// repeat it; the receipt says where they stand.
    #[error("the append was stored before, but its events cannot be read back")]
    ReadBack {
        /// What the store remembers of it.
        receipt: Box<Receipt>,
        /// Why its events cannot be read.
        source: StoreError,
    },
    /// The store could not answer, and nothing was written: see [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refusal> for AppendError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::WrongRevision {
                stream,
                expected,
                next,
            } => Self::WrongRevision(WrongRevision {
                stream,
                expected,
                next,
                rounds: 1,
            }),
            refusal => Self::Refused(refusal),
        }
    }
}

/// A stream was not at the revision at which something was to be appended. Nothing was written; executing a command again
/// is safe, and so is appending again what was decided on the stream as it is now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("stream {stream} is {}, not {expected}{}", ExpectedRevision::before(*next), lost(*rounds))]
#[non_exhaustive]
pub struct WrongRevision {
    /// The stream's name.
    pub stream: StreamName,
    /// What was expected.
    pub expected: ExpectedRevision,
    /// The revision that its next event would get.
    pub next: u64,
    /// How many rounds were lost; an append has only one.
    pub rounds: u32,
}

fn lost(rounds: u32) -> String {
    match rounds {
        0 | 1 => String::new(),
        rounds => format!(", and {rounds} rounds were lost"),
    }
}

/// A decision lost every round to appends of others. Nothing was written; dispatching again is safe.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "fact {fact} [{fact_tags}] was changed by event {event_type} [{tags}] at position {position}, and {rounds} round(s) were lost"
)]
#[non_exhaustive]
pub struct Conflict {
    /// The fact that did not hold any more.
    pub fact: &'static str,
    /// The tags that the fact asked for, all of which the event carries.
    pub fact_tags: Tags,
    /// Where the event stands that changed it.
    pub position: Position,
    /// That event's type.
    pub event_type: EventType,
    /// That event's tags.
    pub tags: Tags,
    /// How many rounds were lost.
    pub rounds: u32,
}

/// A command was not accepted. `R` is the domain's own error.
///
/// ```
/// use factos_core::DispatchError;
///
/// #[derive(Debug, PartialEq)]
/// enum SubscribeError {
///     FullyBooked,
/// }
///
/// fn status(error: &DispatchError<SubscribeError>) -> u16 {
///     match error {
///         DispatchError::Rejected(SubscribeError::FullyBooked) => 409,
///         DispatchError::Conflict(_) | DispatchError::Timeout { .. } => 503,
///         _ => 500,
///     }
/// }
/// assert_eq!(status(&DispatchError::Rejected(SubscribeError::FullyBooked)), 409);
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DispatchError<R> {
    /// The decider refused the command, on facts that the store confirmed. Tell the user.
    #[error("the command was rejected: {0:?}")]
    Rejected(R),
    /// Every round was lost to others. Dispatch again.
    #[error(transparent)]
    Conflict(Conflict),
    /// Every round on a stream was lost to others. Execute the command again.
    #[error(transparent)]
    WrongRevision(WrongRevision),
    /// The store refused the append for another reason than a guard. See [`Refusal`].
    #[error(transparent)]
    Refused(Refusal),
    /// An event that a fact reads could not be decoded. Correct the codec or the data.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A decided event could not be encoded. Correct the event or its codec.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The decided events are too large or too many.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// An option of the dispatch cannot work.
    #[error(transparent)]
    Option(#[from] InvalidOption),
    /// Time ran out before anything was handed to the store. Nothing was written; dispatch again.
    #[error("time ran out while the dispatch was to {operation}")]
    Timeout {
        /// The step that was under way: `read`, `wait` or `lock`.
        operation: &'static str,
    },
    /// The append was handed to the store, which could not be asked in time what became of it: ask
    /// [`settle`](crate::EventLog::settle) with the id.
    #[error("it is not known whether append {append_id} was written")]
    OutcomeUnknown {
        /// The append's id.
        append_id: AppendId,
        /// What kept the store from answering.
        #[source]
        cause: Cause,
    },
    /// It happened: it was stored before under the same id or key. Only its events could not be read back. Do not
    /// repeat it; the receipt says where they stand.
    #[error("the append was stored before, but its events cannot be read back")]
    ReadBack {
        /// What the store remembers of it.
        receipt: Box<Receipt>,
        /// Why its events cannot be read.
        source: StoreError,
    },
    /// The store could not answer, and nothing was written: see [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<R> DispatchError<R> {
    /// The same with another domain error.
    pub(crate) fn map_rejected<S>(self, map: impl FnOnce(R) -> S) -> DispatchError<S> {
        match self {
            Self::Rejected(rejected) => DispatchError::Rejected(map(rejected)),
            Self::Conflict(conflict) => DispatchError::Conflict(conflict),
            Self::WrongRevision(wrong) => DispatchError::WrongRevision(wrong),
            Self::Refused(refusal) => DispatchError::Refused(refusal),
            Self::Decode(error) => DispatchError::Decode(error),
            Self::Encode(error) => DispatchError::Encode(error),
            Self::Limit(error) => DispatchError::Limit(error),
            Self::Option(error) => DispatchError::Option(error),
            Self::Timeout { operation } => DispatchError::Timeout { operation },
            Self::OutcomeUnknown { append_id, cause } => {
                DispatchError::OutcomeUnknown { append_id, cause }
            }
            Self::ReadBack { receipt, source } => DispatchError::ReadBack { receipt, source },
            Self::Store(error) => DispatchError::Store(error),
        }
    }
}

impl<R> From<ReadError> for DispatchError<R> {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Decode(error) => Self::Decode(error),
            ReadError::Limit(error) => Self::Limit(error),
            ReadError::Store(error) => Self::Store(error),
        }
    }
}

impl<R> From<AppendError> for DispatchError<R> {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::WrongRevision(wrong) => Self::WrongRevision(wrong),
            AppendError::Refused(refusal) => Self::Refused(refusal),
            AppendError::Encode(error) => Self::Encode(error),
            AppendError::Limit(error) => Self::Limit(error),
            AppendError::Option(error) => Self::Option(error),
            AppendError::Timeout => Self::Timeout { operation: "wait" },
            AppendError::OutcomeUnknown { append_id, cause } => {
                Self::OutcomeUnknown { append_id, cause }
            }
            AppendError::ReadBack { receipt, source } => Self::ReadBack { receipt, source },
            AppendError::Store(error) => Self::Store(error),
        }
    }
}
