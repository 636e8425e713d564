//! Checks: asks, under the lock, for everything that the requests of a group depend on.

use std::collections::{BTreeMap, HashMap, HashSet};

use factos_core::store::{AppendRequest, Group, Receipt, StoreError};
use factos_core::{EventId, Position, Timestamp};
use sqlx::sqlite::SqliteRow;

use super::guard;
use super::place::{LogNumber, position};
use super::rows::{KNOWN_COLUMNS, Known, column, id, known, number, optional};
use super::script::{MOST_ROWS, Script, bind_nulls, padded, values};
use crate::cause;

/// Where a log ends.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Head {
    pub(super) position: Position,
    pub(super) event: Option<EventId>,
    /// The event at the position that the log was known to have reached.
    pub(super) there: Option<EventId>,
}

impl Head {
    /// Reads a row of [`ask_head`].
    pub(super) fn read(row: &SqliteRow) -> Result<Self, String> {
        // Whoever reads an event hears of a damaged id; here it is in nobody's way.
        let event = |column| id(row, column).map(EventId::from_bytes).ok();
        Ok(Self {
            position: position(column(row, 0)?),
            event: event(2),
            there: event(3),
        })
    }
}

/// What the log holds that concerns a group. Maps are by the request's number.
#[derive(Default)]
pub(super) struct Found {
    pub(super) head: Head,
    pub(super) last_recorded_at: Option<Timestamp>,
    pub(super) appends: HashMap<usize, Known>,
    pub(super) keys: HashMap<usize, Receipt>,
    pub(super) event_ids: HashSet<EventId>,
    /// The revision that the next event of the request's stream gets.
    pub(super) next_revisions: HashMap<usize, u64>,
    /// The first event behind each guard that does not hold.
    pub(super) broken: HashMap<usize, BTreeMap<usize, Position>>,
}

/// What a statement of the script asks for.
enum Question {
    Head,
    Appends,
    Keys,
    EventIds,
    Streams,
    Guards,
}

/// The questions of a group, and how the answers are understood.
pub(super) struct Check {
    /// The number of the first question's statement in its script.
    first: usize,
    questions: Vec<Question>,
    /// Which guard of which request a probe is for.
    probes: Vec<(usize, usize)>,
    found: Found,
}

impl Check {
    /// Adds the group's questions to a script that has `first` statements in front of them.
    pub(super) fn ask(
        script: &mut Script,
        first: usize,
        (log, seen): (LogNumber, Position),
        group: &Group,
    ) -> Self {
        let mut check = Self {
            first,
            questions: Vec::new(),
            probes: Vec::new(),
            found: Found::default(),
        };
        ask_head(script, log, seen);
        check.questions.push(Question::Head);
        check.ask_appends(script, log, group);
        check.ask_keys(script, log, group);
        check.ask_event_ids(script, log, group);
        check.ask_streams(script, log, group);
        let (probes, statements) = guard::ask(script, log, group);
        check.probes = probes;
        check
            .questions
            .extend((0..statements).map(|_| Question::Guards));
        check
    }

    /// Plan: `SEARCH i USING PRIMARY KEY (id=? AND log=? AND kind=?)`, events and keys by their primary keys.
    fn ask_appends(&mut self, script: &mut Script, log: LogNumber, group: &Group) {
        let requests: Vec<_> = group.requests().enumerate().collect();
        for chunk in requests.chunks(MOST_ROWS) {
            script.format(format_args!(
                "SELECT w.column1, {KNOWN_COLUMNS} FROM (VALUES "
            ));
            values(script, padded(chunk.len()), 2);
            script.text(
                ") AS w CROSS JOIN factos_ids AS i ON i.id = w.column2 AND i.log = ? AND i.kind = 1 \
                 LEFT JOIN factos_events AS e ON e.place = i.place \
                 LEFT JOIN factos_keys AS k ON k.key = i.key AND k.log = i.log",
            );
            for (i, request) in chunk {
                script.bind(as_number(*i));
                script.bind(&request.append_id().as_bytes()[..]);
            }
            bind_nulls(script, 2 * (padded(chunk.len()) - chunk.len()));
            script.bind(log.0).end();
            self.questions.push(Question::Appends);
        }
    }

    /// Plan: `SEARCH k USING PRIMARY KEY (key=? AND log=?)`, ids and events by their primary keys.
    fn ask_keys(&mut self, script: &mut Script, log: LogNumber, group: &Group) {
        let keyed = group.requests().enumerate();
        let keyed: Vec<_> = keyed
            .filter_map(|(i, request)| Some((i, request.key()?)))
            .collect();
        for chunk in keyed.chunks(MOST_ROWS) {
            script.format(format_args!(
                "SELECT w.column1, {KNOWN_COLUMNS} FROM (VALUES "
            ));
            values(script, padded(chunk.len()), 2);
            script.text(
                ") AS w CROSS JOIN factos_keys AS k ON k.key = w.column2 AND k.log = ? \
                 CROSS JOIN factos_ids AS i ON i.id = k.append_id AND i.log = k.log AND i.kind = 1 \
                 LEFT JOIN factos_events AS e ON e.place = i.place",
            );
            for (i, key) in chunk {
                script.bind(as_number(*i)).bind(key.key());
            }
            bind_nulls(script, 2 * (padded(chunk.len()) - chunk.len()));
            script.bind(log.0).end();
            self.questions.push(Question::Keys);
        }
    }

    /// Plan: `SEARCH i USING PRIMARY KEY (id=? AND log=? AND kind=?)`.
    fn ask_event_ids(&mut self, script: &mut Script, log: LogNumber, group: &Group) {
        let events = group.requests().flat_map(AppendRequest::events);
        let ids: Vec<EventId> = events.map(|event| event.id).collect();
        for chunk in ids.chunks(MOST_ROWS) {
            script.text("SELECT i.id FROM (VALUES ");
            values(script, padded(chunk.len()), 1);
            script.text(
                ") AS w CROSS JOIN factos_ids AS i ON i.id = w.column1 AND i.log = ? AND i.kind = 0",
            );
            for id in chunk {
                script.bind(&id.as_bytes()[..]);
            }
            bind_nulls(script, padded(chunk.len()) - chunk.len());
            script.bind(log.0).end();
            self.questions.push(Question::EventIds);
        }
    }

    /// Plan: `SEARCH e USING INDEX factos_events_stream (stream=? AND log=?)`, its last entry.
    fn ask_streams(&mut self, script: &mut Script, log: LogNumber, group: &Group) {
        let streams = group.requests().enumerate();
        let streams: Vec<_> = streams
            .filter_map(|(i, request)| Some((i, &request.stream()?.name)))
            .collect();
        for chunk in streams.chunks(MOST_ROWS) {
            script.text(
                "SELECT w.column1, (SELECT e.revision FROM factos_events AS e INDEXED BY factos_events_stream \
                 WHERE e.stream = w.column2 AND e.log = ? ORDER BY e.revision DESC LIMIT 1) FROM (VALUES ",
            );
            values(script, padded(chunk.len()), 2);
            script.text(") AS w").bind(log.0);
            for (i, name) in chunk {
                script.bind(as_number(*i)).bind(name.as_str());
            }
            bind_nulls(script, 2 * (padded(chunk.len()) - chunk.len()));
            script.end();
            self.questions.push(Question::Streams);
        }
    }

    /// Takes one row of the script's answer.
    pub(super) fn take(&mut self, statement: usize, row: &SqliteRow) -> Result<(), StoreError> {
        let asked = statement.checked_sub(self.first);
        match asked.and_then(|i| self.questions.get(i)) {
            None => Ok(()),
            Some(Question::Appends) => {
                let known = known(row, 1)?;
                self.found.appends.insert(index(row)?, known);
                Ok(())
            }
            Some(Question::Keys) => {
                let without = || StoreError::Corrupt(cause("a key belongs to a void append"));
                let receipt = known(row, 1)?.ok_or_else(without)?;
                self.found.keys.insert(index(row)?, receipt);
                Ok(())
            }
            Some(question) => self
                .found
                .take(question, &self.probes, row)
                .map_err(|problem| StoreError::Corrupt(cause(problem))),
        }
    }

    /// What was found, once all rows have been taken.
    pub(super) fn found(self, group: &Group) -> Found {
        let mut found = self.found;
        for (i, request) in group.requests().enumerate() {
            for (g, guard) in request.guards().iter().enumerate() {
                // Positions have no gaps: the first event behind `after` is the next one.
                if guard.query.is_all() && guard.after < found.head.position {
                    found
                        .broken
                        .entry(i)
                        .or_default()
                        .insert(g, guard.after.plus(1));
                }
            }
        }
        found
    }
}

impl Found {
    fn take(
        &mut self,
        question: &Question,
        probes: &[(usize, usize)],
        row: &SqliteRow,
    ) -> Result<(), String> {
        match question {
            Question::Head => {
                self.head = Head::read(row)?;
                self.last_recorded_at = Some(Timestamp::from_micros(column(row, 1)?));
            }
            Question::EventIds => {
                self.event_ids.insert(EventId::from_bytes(id(row, 0)?));
            }
            Question::Streams => {
                if let Some(request) = optional::<i64>(row, 0)? {
                    let next = match optional::<i64>(row, 1)? {
                        None => 0,
                        Some(_) => number::<u64>(row, 1)? + 1,
                    };
                    let request = usize::try_from(request).map_err(|error| error.to_string())?;
                    self.next_revisions.insert(request, next);
                }
            }
            Question::Guards => {
                let Some(place) = optional::<i64>(row, 1)? else {
                    return Ok(());
                };
                let probe = number::<usize>(row, 0)?;
                let (request, guard) = probes.get(probe).ok_or("no such probe")?;
                let broken = self.broken.entry(*request).or_default();
                let first = broken.entry(*guard).or_insert(position(place));
                *first = position(place).min(*first);
            }
            Question::Appends | Question::Keys => {}
        }
        Ok(())
    }
}

/// Asks for the head, and for the event at a position that the log is known to have reached.
///
/// Plan: `SEARCH e USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)`, its last entry, and of that
/// `SEARCH s USING INTEGER PRIMARY KEY (rowid=?)`.
pub(super) fn ask_head(script: &mut Script, log: LogNumber, seen: Position) -> usize {
    script
        .text(
            "SELECT e.place, e.recorded_at, e.event_id, (SELECT s.event_id FROM factos_events AS s WHERE s.place = ?) \
             FROM factos_events AS e WHERE e.place > ? AND e.place <= ? ORDER BY e.place DESC LIMIT 1",
        )
        .bind(log.place(seen))
        .bind(log.floor())
        .bind(log.ceiling())
        .end()
}

/// A number of a list, as SQLite takes it.
pub(super) fn as_number(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}

fn index(row: &SqliteRow) -> Result<usize, StoreError> {
    number(row, 0).map_err(|problem| StoreError::Corrupt(cause(problem)))
}
