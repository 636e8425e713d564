//! What is asked of a store, and what it answers.

use crate::event::StoredEvent;
use crate::id::{AppendId, EventId};
use crate::name::StreamName;
use crate::position::Position;
use crate::query::Query;
use crate::store::request::{Receipt, Settled};

/// Which events a part of a read is about.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// Those that match a query.
    Query(Query),
    /// Those of a stream, from a revision on.
    Stream {
        /// The stream's name.
        name: StreamName,
        /// The first revision wanted.
        from: u64,
    },
}

/// The order in which events come, and from which end a limit counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Direction {
    /// The oldest first.
    #[default]
    Forward,
    /// The newest first.
    Backward,
}

/// One part of a read.
///
/// ```
/// use factos_core::{Position, Query};
/// use factos_core::store::ReadPart;
/// let part = ReadPart::query(Query::all()).after(Position::new(10)).limit(100);
/// assert_eq!(part.limit, Some(100));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadPart {
    /// Which events.
    pub source: Source,
    /// Only those behind this position.
    pub after: Position,
    /// Only those up to and at this position.
    pub to: Option<Position>,
    /// At most so many, counted from the end that `direction` begins with.
    pub limit: Option<u64>,
    /// The order.
    pub direction: Direction,
}

impl ReadPart {
    /// All events that match, the oldest first.
    pub fn query(query: Query) -> Self {
        Self::of(Source::Query(query))
    }

    /// The events of a stream from a revision on.
    pub fn stream(name: StreamName, from: u64) -> Self {
        Self::of(Source::Stream { name, from })
    }

    fn of(source: Source) -> Self {
        Self {
            source,
            after: Position::START,
            to: None,
            limit: None,
            direction: Direction::Forward,
        }
    }

    /// The same, only behind this position.
    #[must_use]
    pub fn after(mut self, position: Position) -> Self {
        self.after = position;
        self
    }

    /// The same, only up to and at this position.
    #[must_use]
    pub fn to(mut self, position: Position) -> Self {
        self.to = Some(position);
        self
    }

    /// The same, at most so many events.
    #[must_use]
    pub fn limit(mut self, limit: u64) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The same, the newest first.
    #[must_use]
    pub fn backward(mut self) -> Self {
        self.direction = Direction::Backward;
        self
    }
}

/// Appends of which the log knows something that no event tells.
///
/// ```
/// use factos_core::Position;
/// use factos_core::store::{ReadRequest, Receipts};
/// let (after, to) = (Position::START, Position::new(1_000));
/// let request = ReadRequest::default().with_receipts(Receipts::Keyed { after, to });
/// assert!(request.receipts.is_some());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Receipts {
    /// Those under an idempotency key whose first event stands in this range, in the order of their positions.
    Keyed {
        /// Only those behind this position.
        after: Position,
        /// Only those up to and at this position.
        to: Position,
    },
    /// Those that were accepted without events, and the ids that were made void, in the order of their ids, which are
    /// compared byte by byte.
    WithoutEvents {
        /// Only those behind this id.
        after: Option<AppendId>,
        /// At most so many.
        limit: u64,
    },
}

/// What one snapshot is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadRequest {
    /// The parts, each answered on its own. None: only the head is wanted.
    pub parts: Vec<ReadPart>,
    /// An idempotency key whose first outcome is wanted, if there is one.
    pub key: Option<String>,
    /// Appends whose receipts are wanted.
    pub receipts: Option<Receipts>,
}

impl ReadRequest {
    /// A read of these parts.
    pub fn new(parts: impl IntoIterator<Item = ReadPart>) -> Self {
        Self {
            parts: parts.into_iter().collect(),
            key: None,
            receipts: None,
        }
    }

    /// The same, together with what is known of an idempotency key.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// The same, together with the receipts of these appends.
    #[must_use]
    pub fn with_receipts(mut self, receipts: Receipts) -> Self {
        self.receipts = Some(receipts);
        self
    }
}

/// What a log held at one moment.
///
/// A store fills in what it was asked for and leaves the rest as [`Snapshot::default`] has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The position of the last event of the log; [`Position::START`] when it is empty.
    pub head: Position,
    /// The event that stands there; `None` when the log is empty, or the store does not know it.
    pub head_event: Option<EventId>,
    /// The events of each part, in the order of the request.
    pub parts: Vec<Vec<StoredEvent>>,
    /// The first outcome of the idempotency key that was asked for.
    pub known: Option<Receipt>,
    /// What is known of each append that was asked for, in the order that [`Receipts`] says.
    pub receipts: Vec<(AppendId, Settled)>,
}
