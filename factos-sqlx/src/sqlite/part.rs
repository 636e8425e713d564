//! Parts of a read: one statement each, lazy, in order, and with an index for every alternative.

use factos_core::store::{Direction, ReadPart, Source};
use factos_core::{EventType, Query, StreamName, Tag, Tags};

use super::guard::{RARE, pieces, repeated};
use super::place::LogNumber;
use super::rows::EVENT_COLUMNS;
use super::script::{Script, padded};

/// The most alternatives in one statement; more go into further statements, whose answers are merged.
const MOST_ARMS: usize = 32;

/// An alternative of a query that one index answers.
#[derive(Clone, Copy)]
enum Arm<'q> {
    Tagged(&'q Tags, &'q [EventType]),
    Typed(&'q EventType),
}

/// The places between which a part lies, and its order.
///
/// Its limit is bound as `? + 0`: SQLite looks at the value behind a bare `LIMIT ?` when it plans, and then plans the
/// statement again each time it is bound, which costs as much as ten reads.
#[derive(Clone, Copy)]
struct Range {
    after: i64,
    to: i64,
    /// `-1` is none.
    limit: i64,
    /// `ASC` or `DESC`.
    order: &'static str,
}

/// Adds the statements of a part, and answers how many there are.
pub(super) fn ask(script: &mut Script, log: LogNumber, part: &ReadPart) -> usize {
    let range = Range {
        after: log.place(part.after),
        to: part.to.map_or(log.ceiling(), |to| log.place(to)),
        limit: part
            .limit
            .map_or(-1, |limit| i64::try_from(limit).unwrap_or(-1)),
        order: match part.direction {
            Direction::Forward => "ASC",
            Direction::Backward => "DESC",
        },
    };
    match &part.source {
        Source::Query(query) if query.is_all() => all(script, range),
        Source::Query(query) => return matching(script, range, query),
        Source::Stream { name, from } => stream(script, log, range, name, *from),
        // A source that this version does not know is told from an empty one by the caller.
        _ => return 0,
    }
    1
}

/// Plan: `SEARCH e USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)`.
fn all(script: &mut Script, range: Range) {
    script
        .format(format_args!(
            "SELECT {EVENT_COLUMNS} FROM factos_events AS e WHERE e.place > ? AND e.place <= ? \
             ORDER BY e.place {} LIMIT ? + 0",
            range.order
        ))
        .bind(range.after)
        .bind(range.to)
        .bind(range.limit)
        .end();
}

/// Plan: `SEARCH e USING INDEX factos_events_stream (stream=? AND log=? AND revision>? AND revision<?)`, and the last
/// revision by `SEARCH i USING INTEGER PRIMARY KEY (rowid=?)`.
///
/// No index tells a revision by a place, so what lies beyond the places is passed over. Whoever reads page by page
/// would pass over all earlier pages each time: forward, they say the revision they have come to; backward, they end
/// right before an event of the stream, which says its revision here.
fn stream(script: &mut Script, log: LogNumber, range: Range, name: &StreamName, from: u64) {
    script
        .format(format_args!(
            "SELECT {EVENT_COLUMNS} FROM factos_events AS e INDEXED BY factos_events_stream \
             WHERE e.stream = ? AND e.log = ? AND e.revision >= ? AND e.revision <= ifnull(\
             (SELECT i.revision - 1 FROM factos_events AS i WHERE i.place = ? AND i.stream = ?), {}) \
             AND +e.place > ? AND +e.place <= ? ORDER BY e.revision {} LIMIT ? + 0",
            i64::MAX,
            range.order
        ))
        .bind(name.as_str())
        .bind(log.0)
        .bind(i64::try_from(from).unwrap_or(i64::MAX))
        .bind(range.to.saturating_add(1))
        .bind(name.as_str())
        .bind(range.after)
        .bind(range.to)
        .bind(range.limit)
        .end();
}

/// Plan: `CO-ROUTINE p`, in it a `MERGE (UNION)` of one search an arm, each in the order of places, so that a limit
/// ends them all; then `SEARCH e USING INTEGER PRIMARY KEY (rowid=?)`.
fn matching(script: &mut Script, range: Range, query: &Query) -> usize {
    let mut arms = Vec::new();
    for item in query.items() {
        if item.tags().is_empty() {
            arms.extend(item.types().iter().map(Arm::Typed));
        } else {
            arms.extend(pieces(item).map(|types| Arm::Tagged(item.tags(), types)));
        }
    }
    for arms in arms.chunks(MOST_ARMS) {
        script.format(format_args!("SELECT {EVENT_COLUMNS} FROM ("));
        for (i, arm) in arms.iter().enumerate() {
            script.text(if i == 0 { "" } else { " UNION " });
            match arm {
                Arm::Tagged(tags, types) => by_tag(script, range, tags, types),
                Arm::Typed(event_type) => by_type(script, range, event_type),
            }
        }
        script
            .format(format_args!(
                " ORDER BY 1 {} LIMIT ? + 0) AS p CROSS JOIN factos_events AS e ON e.place = p.place",
                range.order
            ))
            .bind(range.limit)
            .end();
    }
    arms.len().div_ceil(MOST_ARMS)
}

/// Plan: `SEARCH e USING COVERING INDEX factos_events_type (type=? AND rowid>? AND rowid<?)`.
fn by_type(script: &mut Script, range: Range, event_type: &EventType) {
    script
        .text(
            "SELECT e.place AS place FROM factos_events AS e INDEXED BY factos_events_type \
             WHERE e.type = ? AND e.place > ? AND e.place <= ?",
        )
        .bind(event_type.as_str())
        .bind(range.after)
        .bind(range.to);
}

/// Plan: `SEARCH t USING PRIMARY KEY (tag=? AND place>? AND place<?)` with the rarest tag, then
/// `SEARCH o USING PRIMARY KEY (tag=? AND place=?)` for each tag. The type stands in the same row.
fn by_tag(script: &mut Script, range: Range, tags: &Tags, types: &[EventType]) {
    let several = tags.len() > 1;
    script.text("SELECT t.place AS place FROM factos_tags AS t WHERE t.tag = ");
    if several {
        rarest(script, range, tags);
    } else {
        script.text("?");
        tags.iter().for_each(|tag| {
            script.bind(tag.as_str());
        });
    }
    script.text(" AND t.place > ? AND t.place <= ?");
    script.bind(range.after).bind(range.to);
    if !types.is_empty() {
        script.text(" AND t.type IN (");
        for (i, event_type) in repeated(types, padded(types.len())).enumerate() {
            script.text(if i == 0 { "?" } else { ", ?" });
            script.bind(event_type.map(EventType::as_str));
        }
        script.text(")");
    }
    for tag in tags.iter().filter(|_| several) {
        // The plus keeps SQLite 3.51 from making a join of it, whose order statistics could change.
        script.text(
            " AND +EXISTS (SELECT 1 FROM factos_tags AS o WHERE o.tag = ? AND o.place = t.place)",
        );
        script.bind(Tag::as_str(tag));
    }
}

/// The first tag that has no more entries than a level of [`RARE`], the lowest level first. This stops as soon as it can
/// and sorts nothing; it costs no more than looking through what it chooses.
fn rarest(script: &mut Script, range: Range, tags: &Tags) {
    script.text("CASE");
    for level in RARE {
        for tag in tags {
            script
                .format(format_args!(
                    " WHEN (SELECT b.place FROM factos_tags AS b WHERE b.tag = ? AND b.place > ? \
                     AND b.place <= ? LIMIT 1 OFFSET {level}) IS NULL THEN ?"
                ))
                .bind(tag.as_str())
                .bind(range.after)
                .bind(range.to)
                .bind(tag.as_str());
        }
    }
    script.text(" ELSE ? END");
    script.bind(tags.iter().next().map(Tag::as_str));
}
