//! Events: what happened, before it is stored, as it is stored, and as a program reads it back.

use crate::codec::{CodecError, Data};
use crate::error::{DecodeError, EncodeError, LimitError};
use crate::id::{AppendId, EventId, IdSource, UuidV7};
use crate::metadata::Metadata;
use crate::name::{EventType, StreamName};
use crate::position::Position;
use crate::schema::Schema;
use crate::tag::Tags;
use crate::time::Timestamp;

/// A type whose values are events: an enum with one event a variant, a struct, or an enum of such types.
///
/// Made by `#[derive(Event)]`, which writes the type names, the tags, the codec and the schema that facts are checked
/// against.
///
/// Stored names are global in a log: two enums with a variant `Closed` would read each other's events. The derive cannot
/// see both; [`distinct_names`](crate::distinct_names) reports it where the log is opened, or in a test.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "add `#[derive(Event)]` to `{Self}`; for plain data inside an event, name the field"
)]
pub trait Event: Sized + Send + Sync + 'static {
    /// What the other macros check against at compile time: variants, stored names and tags.
    const SCHEMA: &'static Schema;

    /// The name under which this event is stored.
    fn event_type(&self) -> &'static str;

    /// The version of its stored form.
    fn event_version(&self) -> u32 {
        crate::__private::version(Self::SCHEMA, self.event_type())
    }

    /// Its tags.
    ///
    /// # Errors
    /// As [`Tag::new`](crate::Tag::new): a value with NUL, or one that is too long.
    fn tags(&self) -> Result<Tags, LimitError>;

    /// Its data: the fields only, without the variant's name.
    ///
    /// # Errors
    /// When the codec cannot write the value.
    fn encode(&self) -> Result<Data, CodecError>;

    /// The event from its stored form; `None` when no event of this type has that name.
    ///
    /// # Errors
    /// When the data does not fit the event.
    fn decode(event_type: &str, version: u32, data: &Data) -> Result<Option<Self>, CodecError>;
}

/// An event to be appended, encoded.
///
/// ```
/// use factos_core::{Data, EventType, NewEvent, Tag};
/// let event = NewEvent::new(EventType::new("CourseDefined")?, Data::json(r#"{"course":"c1"}"#)?)
///     .tagged(Tag::new("course", "c1")?);
/// assert_eq!(event.version, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// Unique in the log; made by the library unless the caller gives one.
    pub id: EventId,
    /// The stored name of its type.
    pub event_type: EventType,
    /// The version of its stored form.
    pub version: u32,
    /// By what it is found again.
    pub tags: Tags,
    /// The encoded fields.
    pub data: Data,
    /// What is recorded beside it.
    pub metadata: Metadata,
}

impl NewEvent {
    /// An event of this type with this data: a new id, version 1, no tags, no metadata.
    pub fn new(event_type: EventType, data: Data) -> Self {
        Self {
            id: EventId::new(),
            event_type,
            version: 1,
            tags: Tags::new(),
            data,
            metadata: Metadata::new(),
        }
    }

    /// The same with one more tag.
    #[must_use]
    pub fn tagged(mut self, tag: crate::tag::Tag) -> Self {
        self.tags.insert(tag);
        self
    }

    /// Encodes an event, with a new id and no metadata.
    ///
    /// # Errors
    /// When its codec fails, or its type name or a tag is beyond the limits.
    pub fn encode<E: Event>(event: &E) -> Result<Self, EncodeError> {
        Self::encode_with(event, &UuidV7)
    }

    pub(crate) fn encode_with<E: Event>(
        event: &E,
        ids: &dyn IdSource,
    ) -> Result<Self, EncodeError> {
        let event_type = event.event_type();
        let failed = |cause: CodecError| EncodeError::new(event_type, cause);
        let limit = |cause: LimitError| failed(CodecError::new(cause));
        Ok(Self {
            id: ids.event_id(),
            event_type: EventType::new(event_type).map_err(limit)?,
            version: event.event_version(),
            tags: event.tags().map_err(limit)?,
            data: event.encode().map_err(failed)?,
            metadata: Metadata::new(),
        })
    }

    /// Bytes of data and metadata, as the limits count them.
    pub(crate) fn size(&self) -> usize {
        size(&self.data, &self.metadata)
    }
}

fn size(data: &Data, metadata: &Metadata) -> usize {
    let metadata: usize = metadata.iter().map(|(k, v)| k.len() + v.len()).sum();
    data.as_bytes().len() + metadata
}

/// An event's place in a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamPlace {
    /// The stream's name.
    pub name: StreamName,
    /// The event's number in it, from 0.
    pub revision: u64,
}

/// An event as the log holds it, its data still encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredEvent {
    /// Where it stands.
    pub position: Position,
    /// Unique in the log.
    pub id: EventId,
    /// The stored name of its type.
    pub event_type: EventType,
    /// The version of its stored form.
    pub version: u32,
    /// By what it is found.
    pub tags: Tags,
    /// The encoded fields, byte for byte as they were appended.
    pub data: Data,
    /// What was recorded beside it.
    pub metadata: Metadata,
    /// When it was recorded; never earlier than the event in front.
    pub recorded_at: Timestamp,
    /// The append that it came with.
    pub append_id: AppendId,
    /// Its place in a stream, when it was appended to one.
    pub stream: Option<StreamPlace>,
}

impl StoredEvent {
    /// What a store makes of an accepted event.
    pub fn new(
        event: NewEvent,
        position: Position,
        recorded_at: Timestamp,
        append_id: AppendId,
        stream: Option<StreamPlace>,
    ) -> Self {
        Self {
            position,
            id: event.id,
            event_type: event.event_type,
            version: event.version,
            tags: event.tags,
            data: event.data,
            metadata: event.metadata,
            recorded_at,
            append_id,
            stream,
        }
    }

    /// What it was before it was accepted.
    pub(crate) fn into_new(self) -> NewEvent {
        NewEvent {
            id: self.id,
            event_type: self.event_type,
            version: self.version,
            tags: self.tags,
            data: self.data,
            metadata: self.metadata,
        }
    }

    /// Bytes of data and metadata, as the limits count them.
    pub(crate) fn size(&self) -> usize {
        size(&self.data, &self.metadata)
    }

    /// Decodes the data as an event of `E`.
    ///
    /// # Errors
    /// [`DecodeError`], which names the position, the type and the version, when `E` has no such event or the data
    /// does not fit it.
    pub fn decode<E: Event>(&self) -> Result<Recorded<E>, DecodeError> {
        let data = match E::decode(self.event_type.as_str(), self.version, &self.data) {
            Ok(Some(data)) => data,
            Ok(None) => return Err(DecodeError::unknown_type(self, E::SCHEMA.name)),
            Err(cause) => return Err(DecodeError::data(self, cause)),
        };
        Ok(Recorded {
            data,
            position: self.position,
            id: self.id,
            version: self.version,
            recorded_at: self.recorded_at,
            metadata: self.metadata.clone(),
            stream: self.stream.clone(),
        })
    }
}

/// A decoded event together with what the log recorded about it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Recorded<E> {
    /// The event.
    pub data: E,
    /// Where it stands.
    pub position: Position,
    /// Unique in the log.
    pub id: EventId,
    /// The version of its stored form.
    pub version: u32,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// What was recorded beside it.
    pub metadata: Metadata,
    /// Its place in a stream, when it was appended to one.
    pub stream: Option<StreamPlace>,
}
