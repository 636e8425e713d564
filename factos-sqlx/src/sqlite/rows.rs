//! Rows: events and receipts as SQLite gives them back. What cannot be what was written is an error, never a default.

use std::fmt::Display;

use factos_core::store::{Appended, IdempotencyKey, Receipt, Settled, StoreError};
use factos_core::{
    AppendId, Data, EventId, EventType, Metadata, NewEvent, Position, StoredEvent, StreamName,
    StreamPlace, Tag, Tags, Timestamp,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row, Sqlite, Type, TypeInfo, ValueRef};

use super::place::position;
use crate::{cause, metadata};

/// The columns of [`stored_event`], for a table named `e`.
pub(super) const EVENT_COLUMNS: &str = "e.place, e.event_id, e.type, e.version, e.tags, e.data, e.metadata, \
     e.recorded_at, e.append_id, e.stream, e.revision";

/// An event from [`EVENT_COLUMNS`].
pub(super) fn stored_event(row: &SqliteRow) -> Result<StoredEvent, StoreError> {
    let position = position(column(row, 0).map_err(|problem| StoreError::Corrupt(cause(problem)))?);
    event_at(position, row).map_err(|problem| StoreError::corrupt_event(position, problem))
}

fn event_at(position: Position, row: &SqliteRow) -> Result<StoredEvent, String> {
    let event_type = EventType::new(column::<String>(row, 2)?).map_err(problem("type"))?;
    // Not by `NewEvent::new`, which asks the operating system for a random id.
    let event = NewEvent {
        id: EventId::from_bytes(id(row, 1)?),
        event_type,
        version: number(row, 3)?,
        tags: tags(column(row, 4)?)?,
        data: data(row, 5)?,
        metadata: match optional::<&str>(row, 6)? {
            None => Metadata::new(),
            Some(text) => metadata::from_text(text)?,
        },
    };
    let recorded_at = Timestamp::from_micros(column(row, 7)?);
    let append_id = AppendId::from_bytes(id(row, 8)?);
    let stream = match optional::<String>(row, 9)? {
        None => None,
        Some(name) => Some(StreamPlace {
            name: StreamName::new(name).map_err(problem("stream"))?,
            revision: number(row, 10)?,
        }),
    };
    Ok(StoredEvent::new(
        event,
        position,
        recorded_at,
        append_id,
        stream,
    ))
}

/// One column, which must hold a value of the type. (`sqlx` alone would take NULL for 0 or empty text.)
pub(super) fn column<'r, T: Decode<'r, Sqlite> + Type<Sqlite>>(
    row: &'r SqliteRow,
    index: usize,
) -> Result<T, String> {
    optional(row, index)?.ok_or_else(|| format!("column {index} is NULL"))
}

/// One column, which may be NULL.
pub(super) fn optional<'r, T: Decode<'r, Sqlite> + Type<Sqlite>>(
    row: &'r SqliteRow,
    index: usize,
) -> Result<Option<T>, String> {
    row.try_get(index).map_err(|error| error.to_string())
}

/// A number that was stored as a signed one.
pub(super) fn number<T: TryFrom<i64>>(row: &SqliteRow, index: usize) -> Result<T, String> {
    let number: i64 = column(row, index)?;
    T::try_from(number).map_err(|_| format!("{number} is out of range"))
}

/// The 16 bytes of an id.
pub(super) fn id(row: &SqliteRow, index: usize) -> Result<[u8; 16], String> {
    let bytes: &[u8] = column(row, index)?;
    let length = bytes.len();
    <[u8; 16]>::try_from(bytes).map_err(|_| format!("an id has {length} bytes, not 16"))
}

fn data(row: &SqliteRow, index: usize) -> Result<Data, String> {
    let value = row.try_get_raw(index).map_err(problem("data"))?;
    let form = value.type_info().into_owned();
    match form.name() {
        "TEXT" => Ok(Data::trusted_json(column::<&str>(row, index)?)),
        "BLOB" => Ok(Data::binary(column::<&[u8]>(row, index)?)),
        other => Err(format!("data is {other}")),
    }
}

fn problem<E: Display>(what: &'static str) -> impl Fn(E) -> String {
    move |error| format!("{what}: {error}")
}

/// Tags as they are stored: a JSON array of text.
pub(super) fn tags_text(tags: &Tags) -> Result<String, serde_json::Error> {
    let texts: Vec<&str> = tags.iter().map(Tag::as_str).collect();
    serde_json::to_string(&texts)
}

fn tags(text: &str) -> Result<Tags, String> {
    let texts: Vec<String> = serde_json::from_str(text).map_err(problem("tags"))?;
    let tags = texts.into_iter().map(Tag::parse);
    tags.collect::<Result<_, _>>().map_err(problem("tags"))
}

/// What the log knows of an append: its receipt, or nothing when it was settled as void.
pub(super) type Known = Option<Receipt>;

/// The columns of [`known`], for the tables `i` (ids), `e` (the append's first event) and `k` (keys).
pub(super) const KNOWN_COLUMNS: &str =
    "i.id, i.place, i.size, e.recorded_at, e.revision, i.key, k.command, k.content";

/// What the log knows of an append, from [`KNOWN_COLUMNS`] that begin at column `from`.
pub(super) fn known(row: &SqliteRow, from: usize) -> Result<Known, StoreError> {
    read_known(row, from).map_err(|problem| StoreError::Corrupt(cause(problem)))
}

/// An append's id and what became of it, from [`KNOWN_COLUMNS`] that begin at column `from`.
pub(super) fn settled(row: &SqliteRow, from: usize) -> Result<(AppendId, Settled), StoreError> {
    let id = id(row, from).map_err(|problem| StoreError::Corrupt(cause(problem)))?;
    let settled = known(row, from)?.map_or(Settled::Void, Settled::Committed);
    Ok((AppendId::from_bytes(id), settled))
}

fn read_known(row: &SqliteRow, from: usize) -> Result<Known, String> {
    let append_id = AppendId::from_bytes(id(row, from)?);
    let Some(size) = optional::<i64>(row, from + 2)? else {
        return Ok(None);
    };
    let size = u64::try_from(size).map_err(problem("size of an append"))?;
    let appended = match optional::<i64>(row, from + 1)? {
        None if size == 0 => None,
        Some(place) if size > 0 => Some(Appended {
            first: position(place),
            last: position(place).plus(size - 1),
            recorded_at: Timestamp::from_micros(column(row, from + 3)?),
            first_revision: match optional::<i64>(row, from + 4)? {
                None => None,
                Some(_) => Some(number(row, from + 4)?),
            },
        }),
        _ => return Err(format!("append {append_id} has no first event, or no size")),
    };
    let key = match optional::<String>(row, from + 5)? {
        None => None,
        Some(key) => {
            let (command, content): (String, Vec<u8>) =
                (column(row, from + 6)?, column(row, from + 7)?);
            Some(IdempotencyKey::new(key, command, content).map_err(problem("key"))?)
        }
    };
    Ok(Some(Receipt {
        append_id,
        appended,
        key,
    }))
}
