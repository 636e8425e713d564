//! Reads: all parts, the head and a known key from one snapshot, in one trip.

use factos_core::Position;
use factos_core::store::{Direction, ReadPart, ReadRequest, Receipt, Seen, Snapshot, StoreError};
use sqlx::sqlite::SqliteRow;

use super::check::{Head, ask_head};
use super::part;
use super::place::LogNumber;
use super::receipts;
use super::rows::{KNOWN_COLUMNS, known, settled, stored_event};
use super::script::Script;
use super::store::Shared;
use crate::cause;

/// What a statement of the script asks for.
#[derive(Clone, Copy)]
enum Question {
    Head,
    Key,
    Receipts,
    Part(usize),
}

/// The statements of a read, and how the answers are understood.
pub(super) struct Reading {
    /// The number of the first statement in its script.
    first: usize,
    questions: Vec<Question>,
    head: Head,
    snapshot: Snapshot,
}

impl Reading {
    /// Adds the statements to a script that has `first` others in front of them.
    pub(super) fn ask(
        script: &mut Script,
        first: usize,
        (log, seen): (LogNumber, Position),
        request: &ReadRequest,
    ) -> Result<Self, StoreError> {
        ask_head(script, log, seen);
        let mut questions = vec![Question::Head];
        if let Some(key) = &request.key {
            ask_key(script, log, key);
            questions.push(Question::Key);
        }
        if let Some(wanted) = &request.receipts {
            receipts::ask(script, log, wanted)?;
            questions.push(Question::Receipts);
        }
        for (i, part) in request.parts.iter().enumerate() {
            let statements = part::ask(script, log, part);
            if statements == 0 {
                return Err(StoreError::Other(cause(
                    "this store cannot read such a part",
                )));
            }
            questions.extend((0..statements).map(|_| Question::Part(i)));
        }
        let parts = request.parts.iter().map(|_| Vec::new()).collect();
        Ok(Self {
            first,
            questions,
            head: Head::default(),
            snapshot: Snapshot {
                parts,
                ..Snapshot::default()
            },
        })
    }

    /// Takes one row of the script's answer.
    pub(super) fn take(&mut self, statement: usize, row: &SqliteRow) -> Result<(), StoreError> {
        let asked = statement.checked_sub(self.first);
        match asked.and_then(|i| self.questions.get(i)) {
            None => {}
            Some(Question::Head) => self.head = head(row)?,
            Some(Question::Key) => self.snapshot.known = known(row, 0)?,
            Some(Question::Receipts) => self.snapshot.receipts.push(settled(row, 0)?),
            Some(Question::Part(part)) => {
                let event = stored_event(row)?;
                if let Some(events) = self.snapshot.parts.get_mut(*part) {
                    events.push(event);
                }
            }
        }
        Ok(())
    }

    /// What was read, once all rows have been taken, and where the log ends.
    pub(super) fn snapshot(mut self, request: &ReadRequest) -> (Snapshot, Head) {
        self.snapshot.head = self.head.position;
        self.snapshot.head_event = self.head.event;
        let parts = request.parts.iter().zip(&mut self.snapshot.parts);
        for (part, events) in parts {
            if !events.is_sorted_by(|a, b| in_order(part, a.position, b.position)) {
                merge(part, events);
            }
            let limit = part.limit.and_then(|limit| usize::try_from(limit).ok());
            events.truncate(limit.unwrap_or(usize::MAX));
        }
        (self.snapshot, self.head)
    }
}

fn in_order(part: &ReadPart, a: Position, b: Position) -> bool {
    match part.direction {
        Direction::Forward => a < b,
        Direction::Backward => a > b,
    }
}

/// Brings together what several statements answered, each one as many events as the limit allows.
fn merge(part: &ReadPart, events: &mut Vec<factos_core::StoredEvent>) {
    events.sort_unstable_by_key(|event| event.position);
    events.dedup_by_key(|event| event.position);
    if part.direction == Direction::Backward {
        events.reverse();
    }
}

/// The head, from a row of [`ask_head`].
pub(super) fn head(row: &SqliteRow) -> Result<Head, StoreError> {
    Head::read(row).map_err(|problem| StoreError::Corrupt(cause(problem)))
}

/// Plan: `SEARCH k USING PRIMARY KEY (key=? AND log=?)`, ids and events by their primary keys.
fn ask_key(script: &mut Script, log: LogNumber, key: &str) {
    script
        .format(format_args!(
            "SELECT {KNOWN_COLUMNS} FROM factos_keys AS k \
             CROSS JOIN factos_ids AS i ON i.id = k.append_id AND i.log = k.log AND i.kind = 1 \
             LEFT JOIN factos_events AS e ON e.place = i.place WHERE k.key = ? AND k.log = ?"
        ))
        .bind(key)
        .bind(log.0)
        .end();
}

/// Reads on a connection of its own, or on the writer's when there is no other.
pub(super) async fn read(store: &Shared, request: ReadRequest) -> Result<Snapshot, StoreError> {
    let seen = store.info.seen();
    let mut script = Script::default();
    let first = script.statement("BEGIN") + 1;
    let mut reading = Reading::ask(&mut script, first, (store.log, seen.head), &request)?;
    script.statement("COMMIT");
    let take = |statement, row: &SqliteRow| reading.take(statement, row);
    if let Some(readers) = &store.readers {
        let mut reader = readers.lease().await?;
        reader.link().run(script, take).await?;
        reader.finish();
    } else {
        let mut turn = store.writer.turn().await?;
        let outcome = turn.link()?.run(script, take).await;
        match outcome {
            Ok(()) => turn.finish(),
            Err(error) => return turn.fail(error).await,
        }
    }
    let (snapshot, head) = reading.snapshot(&request);
    store.info.compare(seen, head.position, head.there)?;
    store.info.announce(Seen::new(head.position, head.event));
    Ok(snapshot)
}

/// The first outcome of an append, if the log knows it.
pub(super) type Outcome = Option<Option<Receipt>>;

/// Plan: `SEARCH i USING PRIMARY KEY (id=? AND log=? AND kind=?)`, events and keys by their primary keys.
pub(super) fn ask_append(script: &mut Script, log: LogNumber, id: factos_core::AppendId) -> usize {
    script
        .format(format_args!(
            "SELECT {KNOWN_COLUMNS} FROM factos_ids AS i LEFT JOIN factos_events AS e ON e.place = i.place \
             LEFT JOIN factos_keys AS k ON k.key = i.key AND k.log = i.log \
             WHERE i.id = ? AND i.log = ? AND i.kind = 1"
        ))
        .bind(&id.as_bytes()[..])
        .bind(log.0)
        .end()
}
