//! Rows: events and receipts as PostgreSQL gives them back. What cannot be what was written is an error, never a default.

use factos_core::store::{Appended, IdempotencyKey, Receipt, Settled, StoreError};
use factos_core::{
    AppendId, Data, EventId, EventType, Metadata, NewEvent, Position, StoredEvent, StreamName,
    StreamPlace, Tag, Tags,
};
use sqlx::postgres::{PgRow, PgValueRef};
use sqlx::{Decode, Postgres, Row, Type, ValueRef};
use uuid::Uuid;

use super::micros::Micros;
use crate::{cause, metadata};

/// An event from a row of `factos.read`.
pub(super) fn stored_event(row: &PgRow) -> Result<StoredEvent, StoreError> {
    let position = position(row, 1).map_err(|problem| StoreError::Corrupt(cause(problem)))?;
    event_at(position, row).map_err(|problem| StoreError::corrupt_event(position, problem))
}

fn event_at(position: Position, row: &PgRow) -> Result<StoredEvent, String> {
    let event_type = EventType::new(column::<String>(row, 3)?).map_err(problem)?;
    let pairs = raw(row, 8)?;
    // Not by `NewEvent::new`, which asks the operating system for a random id.
    let event = NewEvent {
        id: EventId::from_bytes(column::<Uuid>(row, 2)?.into_bytes()),
        event_type,
        version: column::<i32>(row, 4)?.cast_unsigned(),
        tags: tags(&raw(row, 5)?)?,
        data: data(row)?,
        metadata: if pairs.is_null() {
            Metadata::new()
        } else {
            metadata::from_text(pairs.as_str().map_err(problem)?)?
        },
    };
    let Micros(recorded_at) = column(row, 9)?;
    let append_id = AppendId::from_bytes(column::<Uuid>(row, 10)?.into_bytes());
    let stream = match optional::<String>(row, 11)? {
        None => None,
        Some(name) => Some(StreamPlace {
            name: StreamName::new(name).map_err(problem)?,
            revision: number(column::<i64>(row, 12)?)?,
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

/// One column, which must hold a value.
pub(super) fn column<'r, T: Decode<'r, Postgres> + Type<Postgres>>(
    row: &'r PgRow,
    index: usize,
) -> Result<T, String> {
    row.try_get(index).map_err(problem)
}

/// One column, which may be NULL.
pub(super) fn optional<'r, T: Decode<'r, Postgres> + Type<Postgres>>(
    row: &'r PgRow,
    index: usize,
) -> Result<Option<T>, String> {
    row.try_get(index).map_err(problem)
}

/// The position in a column.
pub(super) fn position(row: &PgRow, index: usize) -> Result<Position, String> {
    Ok(Position::new(number(column::<i64>(row, index)?)?))
}

/// The id of an event in a column, which may be NULL.
pub(super) fn event_id(row: &PgRow, index: usize) -> Result<Option<EventId>, String> {
    let id = optional::<Uuid>(row, index)?;
    Ok(id.map(|id| EventId::from_bytes(id.into_bytes())))
}

/// A number that was stored as a signed one.
pub(super) fn number<T: TryFrom<i64>>(number: i64) -> Result<T, String> {
    T::try_from(number).map_err(|_| format!("{number} is out of range"))
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to `map_err`")]
pub(super) fn problem(error: impl ToString) -> String {
    error.to_string()
}

fn raw(row: &PgRow, index: usize) -> Result<PgValueRef<'_>, String> {
    row.try_get_raw(index).map_err(problem)
}

/// JSON as it was given, or another codec's bytes.
fn data(row: &PgRow) -> Result<Data, String> {
    let json = raw(row, 6)?;
    if !json.is_null() {
        return Ok(Data::trusted_json(json.as_str().map_err(problem)?));
    }
    let bytes: &[u8] = column(row, 7)?;
    Ok(Data::binary(bytes))
}

/// A `text[]` in binary form: number of dimensions, flags, element type, then length and lower bound of the one
/// dimension, then the elements, each behind its length; all numbers have 4 bytes. Read here, without a copy of each.
fn tags(array: &PgValueRef<'_>) -> Result<Tags, String> {
    let mut rest = array.as_bytes().map_err(problem)?;
    let mut take = |bytes: usize| {
        let (taken, others) = rest
            .split_at_checked(bytes)
            .ok_or("the tags end too early")?;
        rest = others;
        Ok::<_, String>(taken)
    };
    let int = |bytes: &[u8]| bytes.try_into().map(i32::from_be_bytes).map_err(problem);
    let dimensions = int(take(4)?)?;
    take(8)?;
    if dimensions == 0 {
        return Ok(Tags::default());
    }
    let count = int(take(4)?)?;
    take(4)?;
    let mut tags = Tags::default();
    for _ in 0..count {
        let length = usize::try_from(int(take(4)?)?).map_err(|_| "a tag is NULL")?;
        let text = str::from_utf8(take(length)?).map_err(problem)?;
        tags.insert(Tag::parse(text).map_err(problem)?);
    }
    Ok(tags)
}

/// What the log knows of an append: its receipt, or nothing when it was settled as void.
pub(super) type Known = Option<Receipt>;

/// What the log knows of an append, from a row of `factos.receipts`.
pub(super) fn known(row: &PgRow) -> Result<Known, StoreError> {
    let known = read_known(row);
    known.map_err(|problem| StoreError::Corrupt(cause(problem)))
}

fn read_known(row: &PgRow) -> Result<Known, String> {
    if column::<bool>(row, 1)? {
        return Ok(None);
    }
    let parts = Parts {
        append_id: column(row, 0)?,
        first: optional(row, 2)?,
        size: column(row, 3)?,
        recorded_at: optional(row, 4)?,
        revision: optional(row, 5)?,
        key: optional(row, 6)?,
        command: optional(row, 7)?,
        content: optional(row, 8)?,
    };
    parts.receipt().map(Some)
}

/// What became of an append, from a row of `factos.read` that is a receipt.
pub(super) fn settled(row: &PgRow) -> Result<(AppendId, Settled), String> {
    let append_id: Uuid = column(row, 10)?;
    let settled = match optional(row, 4)? {
        None => Settled::Void,
        Some(size) => {
            let parts = Parts {
                append_id,
                first: optional(row, 1)?,
                size,
                recorded_at: optional(row, 9)?,
                revision: optional(row, 12)?,
                key: optional(row, 11)?,
                command: optional(row, 3)?,
                content: optional(row, 7)?,
            };
            Settled::Committed(parts.receipt()?)
        }
    };
    Ok((AppendId::from_bytes(append_id.into_bytes()), settled))
}

/// The columns of a receipt.
pub(super) struct Parts {
    pub(super) append_id: Uuid,
    pub(super) first: Option<i64>,
    pub(super) size: i32,
    pub(super) recorded_at: Option<Micros>,
    pub(super) revision: Option<i64>,
    pub(super) key: Option<String>,
    pub(super) command: Option<String>,
    pub(super) content: Option<Vec<u8>>,
}

impl Parts {
    pub(super) fn receipt(self) -> Result<Receipt, String> {
        let appended = match (self.first, self.recorded_at) {
            (Some(first), Some(Micros(recorded_at))) if self.size > 0 => {
                let first = Position::new(number(first)?);
                Some(Appended {
                    first,
                    last: first.plus(number::<u64>(i64::from(self.size) - 1)?),
                    recorded_at,
                    first_revision: self.revision.map(number).transpose()?,
                })
            }
            _ if self.size == 0 => None,
            _ => {
                return Err(format!(
                    "append {} has no first event, or no size",
                    self.append_id
                ));
            }
        };
        let key = match (self.key, self.command, self.content) {
            (None, ..) => None,
            (Some(key), Some(command), Some(content)) => {
                Some(IdempotencyKey::new(key, command, content).map_err(problem)?)
            }
            _ => {
                return Err(format!(
                    "append {} has a key without a command",
                    self.append_id
                ));
            }
        };
        Ok(Receipt {
            append_id: AppendId::from_bytes(self.append_id.into_bytes()),
            appended,
            key,
        })
    }
}
