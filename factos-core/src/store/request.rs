//! Requests to append, and how they are answered.

use std::fmt;
use std::sync::Arc;

use crate::error::LimitError;
use crate::event::NewEvent;
use crate::id::AppendId;
use crate::limits::Limits;
use crate::name::{StreamName, check_name};
use crate::position::Position;
use crate::query::Query;
use crate::time::Timestamp;

/// A condition of an append: no event behind `after` matches `query`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// What must not have happened.
    pub query: Query,
    /// Behind which position; [`Position::START`] means ever. May lie beyond the head.
    pub after: Position,
}

impl Guard {
    /// Nothing that matches `query` behind `after`.
    pub fn new(query: Query, after: Position) -> Self {
        Self { query, after }
    }
}

/// The numbers of the guards that say all that these say: one is left out if another one asks for everything that it asks
/// for, from as early on.
pub(crate) fn needed(guards: &[Guard]) -> Vec<usize> {
    let says =
        |one: &Guard, other: &Guard| one.after <= other.after && one.query.covers(&other.query);
    let is_needed = |i: &usize| {
        let guard = &guards[*i];
        // Of two that say the same, the first one stays.
        let mut others = guards.iter().enumerate().filter(|(k, _)| k != i);
        !others.any(|(k, other)| says(other, guard) && (k < *i || !says(guard, other)))
    };
    (0..guards.len()).filter(is_needed).collect()
}

/// Which revision a stream must have reached for an append to it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExpectedRevision {
    /// Whatever it is.
    #[default]
    Any,
    /// The stream has no event yet.
    NoStream,
    /// The stream's last event has this revision.
    At(u64),
}

impl ExpectedRevision {
    /// Whether a stream whose next event gets revision `next` is as expected.
    pub fn holds(self, next: u64) -> bool {
        match self {
            Self::Any => true,
            Self::NoStream => next == 0,
            Self::At(last) => next.checked_sub(1) == Some(last),
        }
    }

    /// What a stream is at whose next event gets revision `next`.
    pub(crate) fn before(next: u64) -> Self {
        next.checked_sub(1).map_or(Self::NoStream, Self::At)
    }
}

/// `new`, `at revision 3`, or `at any revision`.
impl fmt::Display for ExpectedRevision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("at any revision"),
            Self::NoStream => f.write_str("new"),
            Self::At(revision) => write!(f, "at revision {revision}"),
        }
    }
}

/// The stream that an append's events go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamAppend {
    /// The stream's name.
    pub name: StreamName,
    /// What it must have reached.
    pub expected: ExpectedRevision,
}

/// What makes a command happen once: the first accepted outcome under the key is the outcome for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    key: Box<str>,
    command: Box<str>,
    content: Box<[u8]>,
}

impl IdempotencyKey {
    /// A key, the command's type name, and a hash of the command's content (empty when none is compared).
    ///
    /// # Errors
    /// When key or command are empty, longer than 255 bytes, or hold NUL; or the hash is longer than 255 bytes.
    pub fn new(
        key: impl Into<String>,
        command: impl Into<String>,
        content: impl Into<Vec<u8>>,
    ) -> Result<Self, LimitError> {
        let (key, command, content) = (key.into(), command.into(), content.into());
        check_name("idempotency key", &key)?;
        check_name("command name", &command)?;
        if content.len() > crate::limits::MAX_NAME_BYTES {
            return Err(LimitError::NameLength {
                field: "content hash",
                bytes: content.len(),
                limit: crate::limits::MAX_NAME_BYTES,
            });
        }
        Ok(Self {
            key: key.into(),
            command: command.into(),
            content: content.into(),
        })
    }

    /// The key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The command's type name.
    pub fn command(&self) -> &str {
        &self.command
    }

    /// The hash of the command's content.
    pub fn content(&self) -> &[u8] {
        &self.content
    }
}

/// One caller's events with the conditions under which they may be stored, or conditions alone.
///
/// A request keeps the limits: one that breaks them cannot be made. Clones share events and guards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppendRequest {
    append_id: AppendId,
    events: Option<Arc<Vec<NewEvent>>>,
    guards: Arc<Vec<Guard>>,
    stream: Option<StreamAppend>,
    key: Option<IdempotencyKey>,
    recorded_at: Timestamp,
}

impl AppendRequest {
    /// Events to be stored, recorded at `recorded_at` or, if that is later, when the event in front was.
    ///
    /// No events is an accepted outcome too, which an idempotency key remembers.
    ///
    /// # Errors
    /// When the events are beyond the limits.
    pub fn append(
        events: Vec<NewEvent>,
        recorded_at: Timestamp,
        limits: &Limits,
    ) -> Result<Self, LimitError> {
        limits.check(&events)?;
        Ok(Self::new(Some(Arc::new(events)), Vec::new(), recorded_at))
    }

    /// Guards to be confirmed; nothing is stored.
    pub fn check(guards: Vec<Guard>) -> Self {
        Self::new(None, guards, Timestamp::from_micros(0))
    }

    fn new(events: Option<Arc<Vec<NewEvent>>>, guards: Vec<Guard>, recorded_at: Timestamp) -> Self {
        Self {
            append_id: AppendId::new(),
            events,
            guards: Arc::new(guards),
            stream: None,
            key: None,
            recorded_at,
        }
    }

    /// The same under these guards, all of which must hold.
    #[must_use]
    pub fn guarded(mut self, guards: impl IntoIterator<Item = Guard>) -> Self {
        Arc::make_mut(&mut self.guards).extend(guards);
        self
    }

    /// The same under an append id that the caller chose.
    #[must_use]
    pub fn with_id(mut self, append_id: AppendId) -> Self {
        self.append_id = append_id;
        self
    }

    /// The same to a stream.
    #[must_use]
    pub fn to_stream(mut self, name: StreamName, expected: ExpectedRevision) -> Self {
        self.stream = Some(StreamAppend { name, expected });
        self
    }

    /// The same under an idempotency key.
    #[must_use]
    pub fn with_key(mut self, key: IdempotencyKey) -> Self {
        self.key = Some(key);
        self
    }

    /// The same, recorded no earlier than at this time.
    #[must_use]
    pub(crate) fn not_before(mut self, time: Timestamp) -> Self {
        self.recorded_at = self.recorded_at.max(time);
        self
    }

    /// The id under which the store remembers it.
    pub fn append_id(&self) -> AppendId {
        self.append_id
    }

    /// Whether only the guards are to be confirmed.
    pub fn is_check(&self) -> bool {
        self.events.is_none()
    }

    /// The events to be stored.
    pub fn events(&self) -> &[NewEvent] {
        self.events.as_deref().map_or(&[], Vec::as_slice)
    }

    /// The events to be stored, by value; not copied when no clone of the request is left.
    pub fn into_events(self) -> Vec<NewEvent> {
        self.events.map(Arc::unwrap_or_clone).unwrap_or_default()
    }

    /// The conditions.
    pub fn guards(&self) -> &[Guard] {
        &self.guards
    }

    /// The stream that the events go to.
    pub fn stream(&self) -> Option<&StreamAppend> {
        self.stream.as_ref()
    }

    /// The idempotency key.
    pub fn key(&self) -> Option<&IdempotencyKey> {
        self.key.as_ref()
    }

    /// The client's time for the events.
    pub fn recorded_at(&self) -> Timestamp {
        self.recorded_at
    }

    /// Bytes of data and metadata.
    pub fn size(&self) -> usize {
        self.events().iter().map(NewEvent::size).sum()
    }
}

/// Where an append's events stand; they are consecutive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// The first one's position.
    pub first: Position,
    /// The last one's position.
    pub last: Position,
    /// When they were recorded.
    pub recorded_at: Timestamp,
    /// The first one's revision, when they went to a stream.
    pub first_revision: Option<u64>,
}

/// What the store remembers of an accepted append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The append's id.
    pub append_id: AppendId,
    /// Where its events stand; `None` when it had none.
    pub appended: Option<Appended>,
    /// Under which idempotency key it was made.
    pub key: Option<IdempotencyKey>,
}

/// How an accepted request is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A check: all guards hold.
    Confirmed,
    /// An append: it is stored now.
    Accepted(Receipt),
    /// Its append id or idempotency key was there already: this was the first outcome, and nothing was written now.
    Repeated(Receipt),
}

/// What became of an append whose outcome was unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// It was stored.
    Committed(Receipt),
    /// It was not, and never will be.
    Void,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::EventType;
    use crate::query::QueryItem;
    use crate::tag::Tag;

    #[test]
    fn what_another_guard_says_is_left_out() {
        let tag = |key| Tag::new(key, "1").expect("a tag");
        let taken = || QueryItem::new().of_type(EventType::new("Taken").expect("a type"));
        let guard = |item: QueryItem, after| Guard::new(item.into(), Position::new(after));
        let (course, student) = (tag("course"), tag("student"));
        let of_course = guard(taken().tagged(course.clone()), 7);
        let of_student = guard(taken().tagged(student.clone()), 0);
        let of_both = |after| {
            guard(
                taken().tagged(course.clone()).tagged(student.clone()),
                after,
            )
        };

        let all = [
            of_course.clone(),
            of_both(0),
            of_student.clone(),
            of_course.clone(),
        ];
        assert_eq!(needed(&all), [0, 2]);
        // From an earlier position on it says more.
        assert_eq!(needed(&[of_course.clone(), of_both(6)]), [0, 1]);
        assert_eq!(needed(&[of_course.clone(), of_both(7)]), [0]);
        let everything = Guard::new(Query::all(), Position::new(7));
        assert_eq!(needed(&[of_course, everything, of_student]), [1, 2]);
        assert_eq!(needed(&[]), [0; 0]);
    }
}
