//! Guards: finds the first event that matches, item by item, in the index that has least to look through.

use factos_core::store::Group;
use factos_core::{EventType, QueryItem, Tag, Tags};

use super::check::as_number;
use super::place::LogNumber;
use super::script::{Script, bind_nulls, padded, values};

/// The longest list of probes in one statement.
const MOST_PROBES: usize = 32;
/// How many entries a tag may have to be taken for a rare one, when none is rarer.
pub(super) const RARE: [usize; 3] = [16, 256, 4096];

/// The most types in one probe or alternative; an item with more of them gets several.
pub(super) const MOST_TYPES: usize = 64;

/// What to look for: its number, behind which place, and tags with one of some types.
struct Probe<'g> {
    number: usize,
    after: i64,
    tags: &'g Tags,
    types: &'g [EventType],
}

/// An item's types in pieces of [`MOST_TYPES`]; one empty piece when any type will do.
pub(super) fn pieces(item: &QueryItem) -> impl Iterator<Item = &[EventType]> {
    let any = item.types().is_empty().then_some(&[][..]);
    any.into_iter().chain(item.types().chunks(MOST_TYPES))
}

/// Adds the probes of all guards, and answers which guard of which request each one is for, and how many statements
/// there are. Guards on all events need none: see [`super::check::Check::found`].
pub(super) fn ask(
    script: &mut Script,
    log: LogNumber,
    group: &Group,
) -> (Vec<(usize, usize)>, usize) {
    let mut owners = Vec::new();
    let (mut tagged, mut typed) = (Vec::new(), Vec::new());
    for (i, request) in group.requests().enumerate() {
        for (g, guard) in request.guards().iter().enumerate() {
            for item in guard.query.items() {
                let (number, after) = (owners.len(), log.place(guard.after));
                owners.push((i, g));
                if item.tags().is_empty() {
                    typed.extend(item.types().iter().map(|t| (number, after, t)));
                } else {
                    tagged.extend(pieces(item).map(|types| Probe {
                        number,
                        after,
                        tags: item.tags(),
                        types,
                    }));
                }
            }
        }
    }
    let mut statements = 0;
    for probes in tagged.chunks(MOST_PROBES) {
        by_tag(script, log, probes);
        statements += 1;
    }
    for probes in typed.chunks(MOST_PROBES) {
        by_type(script, log, probes);
        statements += 1;
    }
    (owners, statements)
}

/// Plan: `SEARCH t USING PRIMARY KEY (tag=? AND place>? AND place<?)` with the item's rarest tag behind its position,
/// then `SEARCH o USING PRIMARY KEY (tag=? AND place=?)` for each tag. The type stands in the same row.
fn by_tag(script: &mut Script, log: LogNumber, probes: &[Probe<'_>]) {
    let most_tags = probes.iter().map(|probe| probe.tags.len()).max();
    let most_types = probes.iter().map(|probe| probe.types.len()).max();
    let tags = padded(most_tags.unwrap_or(1));
    // With no types at all there is no column for them.
    let types = most_types.filter(|types| *types > 0).map_or(0, padded);
    let (first_type, first_tag) = (3, 3 + types);

    script.text("SELECT w.column1, (SELECT t.place FROM factos_tags AS t WHERE t.tag = ");
    if tags == 1 {
        script.format(format_args!("w.column{first_tag}"));
    } else {
        script.text("CASE");
        for level in RARE {
            for tag in first_tag..first_tag + tags {
                script.format(format_args!(
                    " WHEN w.column{tag} IS NOT NULL AND (SELECT b.place FROM factos_tags AS b \
                     WHERE b.tag = w.column{tag} AND b.place > w.column2 AND b.place <= ? LIMIT 1 OFFSET {level}) \
                     IS NULL THEN w.column{tag}"
                ));
                script.bind(log.ceiling());
            }
        }
        script.format(format_args!(" ELSE w.column{first_tag} END"));
    }
    script.text(" AND t.place > w.column2 AND t.place <= ?");
    script.bind(log.ceiling());
    if types > 0 {
        script.format(format_args!(
            " AND (w.column{first_type} IS NULL OR t.type IN ("
        ));
        for n in 0..types {
            let comma = if n == 0 { "" } else { ", " };
            script.format(format_args!("{comma}w.column{}", first_type + n));
        }
        script.text("))");
    }
    if tags > 1 {
        for tag in first_tag..first_tag + tags {
            script.format(format_args!(
                " AND (w.column{tag} IS NULL OR EXISTS (SELECT 1 FROM factos_tags AS o \
                 WHERE o.tag = w.column{tag} AND o.place = t.place))"
            ));
        }
    }
    script.text(" ORDER BY t.place LIMIT 1) FROM (VALUES ");
    let columns = 2 + types + tags;
    values(script, padded(probes.len()), columns);
    script.text(") AS w");
    for probe in probes {
        script.bind(as_number(probe.number)).bind(probe.after);
        for event_type in repeated(probe.types, types) {
            script.bind(event_type.map(EventType::as_str));
        }
        for tag in probe.tags {
            script.bind(Tag::as_str(tag));
        }
        bind_nulls(script, tags - probe.tags.len());
    }
    bind_nulls(script, columns * (padded(probes.len()) - probes.len()));
    script.end();
}

/// Plan: `SEARCH e USING COVERING INDEX factos_events_type (type=? AND rowid>? AND rowid<?)`, its first entry.
fn by_type(script: &mut Script, log: LogNumber, probes: &[(usize, i64, &EventType)]) {
    script.text(
        "SELECT w.column1, (SELECT e.place FROM factos_events AS e INDEXED BY factos_events_type \
         WHERE e.type = w.column3 AND e.place > w.column2 AND e.place <= ? ORDER BY e.place LIMIT 1) FROM (VALUES ",
    );
    script.bind(log.ceiling());
    values(script, padded(probes.len()), 3);
    script.text(") AS w");
    for (number, after, event_type) in probes {
        script.bind(as_number(*number)).bind(*after);
        script.bind(event_type.as_str());
    }
    bind_nulls(script, 3 * (padded(probes.len()) - probes.len()));
    script.end();
}

/// So many values of a list, the last one again and again when there are fewer, or nothing when there is none.
pub(super) fn repeated<T>(list: &[T], count: usize) -> impl Iterator<Item = Option<&T>> {
    (0..count).map(|i| list.get(i).or(list.last()))
}
