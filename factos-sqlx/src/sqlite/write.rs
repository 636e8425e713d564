//! Writes what was accepted: events, their tags, their ids, and the idempotency keys.

use factos_core::store::{AppendRequest, Appended, Receipt, StoreError};
use factos_core::{NewEvent, Timestamp};

use super::place::LogNumber;
use super::rows::tags_text;
use super::script::{MOST_ROWS, Script, bind_nulls, padded, values};
use crate::{cause, metadata};

const EVENTS: &str = "INSERT INTO factos_events (place, event_id, type, version, tags, data, metadata, recorded_at, \
     append_id, stream, revision) ";
const TAGS: &str = "INSERT INTO factos_tags (tag, place, type) ";
const IDS: &str = "INSERT INTO factos_ids (id, log, kind, place, size, key) ";
const KEYS: &str = "INSERT INTO factos_keys (key, log, command, content, append_id) ";

/// An event with what the judge gave it.
struct Placed<'g> {
    event: &'g NewEvent,
    request: &'g AppendRequest,
    place: i64,
    recorded_at: Timestamp,
    revision: Option<u64>,
}

/// The inserts for everything that was accepted.
#[derive(Default)]
pub(super) struct Inserts {
    /// Full lists, which only large appends have. Each is a trip of its own: together their text would be a new one for
    /// each number of events, and a large one to keep prepared.
    pub(super) full: Vec<Script>,
    /// All others.
    pub(super) last: Script,
}

/// Makes the inserts for everything that was accepted.
pub(super) fn write(
    log: LogNumber,
    writes: &[(&AppendRequest, Receipt)],
) -> Result<Inserts, StoreError> {
    let mut inserts = Inserts::default();
    let placed: Vec<Placed<'_>> = writes
        .iter()
        .flat_map(|(request, receipt)| place(log, request, receipt.appended))
        .collect();
    insert(&mut inserts, EVENTS, 11, &placed, |script, event| {
        let unwritable = |error| StoreError::Other(cause(error));
        let tags = tags_text(&event.event.tags).map_err(unwritable)?;
        let metadata = metadata::to_text(&event.event.metadata).map_err(unwritable)?;
        bind_event(script, event, tags, metadata);
        Ok(())
    })?;
    let tags: Vec<_> = placed
        .iter()
        .flat_map(|event| event.event.tags.iter().map(move |tag| (tag, event)))
        .collect();
    insert(&mut inserts, TAGS, 3, &tags, |script, (tag, event)| {
        script.bind(tag.as_str()).bind(event.place);
        script.bind(event.event.event_type.as_str());
        Ok(())
    })?;
    write_ids(&mut inserts, log, &placed, writes)?;
    let keyed: Vec<_> = writes
        .iter()
        .filter_map(|(request, _)| Some((request.key()?, request.append_id())))
        .collect();
    insert(&mut inserts, KEYS, 5, &keyed, |script, (key, append_id)| {
        script.bind(key.key()).bind(log.0).bind(key.command());
        script.bind(key.content()).bind(&append_id.as_bytes()[..]);
        Ok(())
    })?;
    Ok(inserts)
}

/// The events of an accepted request with their places.
fn place(
    log: LogNumber,
    request: &AppendRequest,
    appended: Option<Appended>,
) -> impl Iterator<Item = Placed<'_>> {
    appended.into_iter().flat_map(move |at| {
        let numbered = (0..).zip(request.events());
        numbered.map(move |(n, event)| Placed {
            event,
            request,
            place: log.place(at.first.plus(n)),
            recorded_at: at.recorded_at,
            revision: at.first_revision.map(|first| first + n),
        })
    })
}

fn bind_event(script: &mut Script, placed: &Placed<'_>, tags: String, metadata: Option<String>) {
    let event = placed.event;
    script.bind(placed.place).bind(&event.id.as_bytes()[..]);
    script.bind(event.event_type.as_str());
    script.bind(i64::from(event.version)).bind(tags);
    match event.data.as_json() {
        Some(text) => script.bind(text),
        None => script.bind(event.data.as_bytes()),
    };
    script.bind(metadata).bind(placed.recorded_at.as_micros());
    script.bind(&placed.request.append_id().as_bytes()[..]);
    script.bind(placed.request.stream().map(|stream| stream.name.as_str()));
    script.bind(placed.revision.map(u64::cast_signed));
}

fn write_ids(
    inserts: &mut Inserts,
    log: LogNumber,
    placed: &[Placed<'_>],
    writes: &[(&AppendRequest, Receipt)],
) -> Result<(), StoreError> {
    let events = placed.iter().map(|event| {
        let id = event.event.id.as_bytes();
        (id.to_vec(), 0_i64, Some(event.place), None, None)
    });
    let appends = writes.iter().map(|(request, receipt)| {
        let first = receipt.appended.map(|at| log.place(at.first));
        let size = Some(request.events().len() as u64);
        let key = request.key().map(|key| key.key().to_owned());
        (request.append_id().as_bytes().to_vec(), 1, first, size, key)
    });
    let ids: Vec<_> = events.chain(appends).collect();
    insert(
        inserts,
        IDS,
        6,
        &ids,
        |script, (id, kind, place, size, key)| {
            script
                .bind(id.as_slice())
                .bind(log.0)
                .bind(*kind)
                .bind(*place);
            script.bind(size.map(u64::cast_signed)).bind(key.as_deref());
            Ok(())
        },
    )
}

/// Adds an insert of these rows, in lists whose lengths are powers of two. A row that only fills up has NULL in its
/// first column, which no row to be stored has.
fn insert<T>(
    inserts: &mut Inserts,
    into: &str,
    columns: usize,
    rows: &[T],
    bind: impl Fn(&mut Script, &T) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    for chunk in rows.chunks(MOST_ROWS) {
        let mut full = Script::default();
        let script = if chunk.len() == MOST_ROWS {
            &mut full
        } else {
            &mut inserts.last
        };
        script.text(into);
        if chunk.len() == 1 {
            script.text("VALUES ");
            values(script, 1, columns);
        } else {
            script.text("SELECT * FROM (VALUES ");
            values(script, padded(chunk.len()), columns);
            script.text(") WHERE column1 IS NOT NULL");
        }
        for row in chunk {
            bind(script, row)?;
        }
        bind_nulls(script, columns * (padded(chunk.len()) - chunk.len()));
        script.end();
        if chunk.len() == MOST_ROWS {
            inserts.full.push(full);
        }
    }
    Ok(())
}
