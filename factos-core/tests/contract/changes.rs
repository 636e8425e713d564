//! What a faulty store makes of requests on their way in, and of events on their way out.

use factos_core::store::{
    AppendRequest, Direction, ExpectedRevision, Guard, IdempotencyKey, ReadPart, Source,
};
use factos_core::{
    AppendId, Data, EventId, EventType, Limits, Metadata, NewEvent, Position, Query, QueryItem,
    StoredEvent, StreamName, Tag, Tags, Timestamp,
};

use super::Fault::{self, *};

/// The same request with other events and guards.
pub fn rebuilt(
    request: &AppendRequest,
    events: Vec<NewEvent>,
    guards: Vec<Guard>,
) -> AppendRequest {
    let mut new = if request.is_check() {
        AppendRequest::check(guards)
    } else {
        let at = request.recorded_at();
        let append = AppendRequest::append(events, at, &Limits::default());
        append.expect("no more than before").guarded(guards)
    };
    if let Some(stream) = request.stream() {
        new = new.to_stream(stream.name.clone(), stream.expected);
    }
    if let Some(key) = request.key() {
        new = new.with_key(key.clone());
    }
    new.with_id(request.append_id())
}

pub fn changed_request(fault: Fault, request: &AppendRequest, head: Position) -> AppendRequest {
    let mut events: Vec<NewEvent> = request.events().to_vec();
    for event in &mut events {
        change(fault, event);
    }
    if fault == DropsMostOfLargeAppends {
        events.truncate(100);
    }
    let new = rebuilt(
        request,
        events,
        changed_guards(fault, request.guards(), head),
    );
    match (fault, request.stream(), request.key()) {
        (ForgetsExpectedRevisions, Some(stream), _) => {
            new.to_stream(stream.name.clone(), ExpectedRevision::Any)
        }
        (ForgetsAppendIds, ..) => new.with_id(AppendId::new()),
        (IgnoresTheContentOfKeys, _, Some(key)) => new.with_key(named(key.key())),
        (IgnoresCase, stream, key) => {
            let new = stream.map_or(new.clone(), |stream| {
                new.to_stream(lower_stream(&stream.name), stream.expected)
            });
            key.map_or(new.clone(), |key| {
                new.with_key(named(&key.key().to_lowercase()))
            })
        }
        _ => new,
    }
}

fn named(key: &str) -> IdempotencyKey {
    IdempotencyKey::new(key, "C", []).expect("a key")
}

fn change(fault: Fault, event: &mut NewEvent) {
    match fault {
        TakesEventIdsTwice => event.id = EventId::new(),
        KeepsOneValueOfATagKey => {
            let key = |tag: &Tag| tag.as_str().split(':').next().map(str::to_owned);
            let mut tags: Vec<Tag> = event.tags.iter().cloned().collect();
            tags.dedup_by_key(|tag| key(tag));
            event.tags = tags.into_iter().collect();
        }
        HashesTags | IgnoresCase => {
            event.tags = event
                .tags
                .iter()
                .map(|tag| changed_tag(fault, tag))
                .collect();
            event.event_type = changed_type(fault, &event.event_type);
        }
        LosesTheLastByte => {
            let bytes = event.data.as_bytes();
            let all_but_one = bytes.len().saturating_sub(1);
            event.data = Data::binary(&bytes[..all_but_one]);
        }
        CutsLargeData => {
            let bytes = event.data.as_bytes();
            if bytes.len() > 1 << 20 {
                event.data = Data::binary(&bytes[..1 << 20]);
            }
        }
        SortsMetadata => {
            let mut pairs: Vec<_> = event.metadata.iter().collect();
            pairs.sort_unstable();
            event.metadata = Metadata::from_iter(pairs);
        }
        _ => {}
    }
}

fn changed_guards(fault: Fault, guards: &[Guard], head: Position) -> Vec<Guard> {
    let is_wide = |guard: &Guard| {
        let items = guard.query.items();
        items.len() > 100 || items.iter().any(|item| item.types().len() > 50)
    };
    let common = guards.iter().map(|guard| guard.after).max();
    let changed = guards.iter().map(|guard| {
        let after = match (fault, common) {
            (TakesOnePositionForAllGuards, Some(common)) => common,
            _ => guard.after,
        };
        Guard::new(changed_query(fault, &guard.query), after)
    });
    match fault {
        ForgetsGuards => Vec::new(),
        ForgetsWideGuards => changed.filter(|guard| !is_wide(guard)).take(100).collect(),
        ConflictsWithEverything => changed
            .map(|guard| Guard::new(Query::all(), guard.after))
            .collect(),
        GuardsTheUnconditional if guards.is_empty() && head > Position::START => {
            vec![Guard::new(Query::all(), Position::START)]
        }
        _ => changed.collect(),
    }
}

fn changed_query(fault: Fault, query: &Query) -> Query {
    let item = |item: &QueryItem| {
        let types = item.types().iter().map(|name| changed_type(fault, name));
        let new = types.fold(QueryItem::new(), QueryItem::of_type);
        if fault == LooksAtTypesOnly && !item.types().is_empty() {
            return new;
        }
        let tags = item.tags().iter().map(|tag| changed_tag(fault, tag));
        tags.fold(new, QueryItem::tagged)
    };
    Query::new(query.items().iter().map(item))
}

fn changed_tag(fault: Fault, tag: &Tag) -> Tag {
    let text = tag.as_str();
    let text = match fault {
        HashesTags => {
            let add = |hash: u32, byte: u8| hash.wrapping_mul(31).wrapping_add(byte.into());
            format!("hash:{}", text.bytes().fold(0, add))
        }
        IgnoresCase => text.to_lowercase(),
        _ => text.to_owned(),
    };
    Tag::parse(text).expect("a tag")
}

fn changed_type(fault: Fault, name: &EventType) -> EventType {
    match fault {
        IgnoresCase => EventType::new(name.as_str().to_lowercase()).expect("a type"),
        _ => name.clone(),
    }
}

fn lower_stream(name: &StreamName) -> StreamName {
    StreamName::new(name.as_str().to_lowercase()).expect("a name")
}

pub fn changed_part(fault: Fault, part: &ReadPart) -> ReadPart {
    let mut part = part.clone();
    part.source = match part.source {
        Source::Query(query) => Source::Query(changed_query(fault, &query)),
        Source::Stream { name, from } => Source::Stream {
            name: if fault == IgnoresCase {
                lower_stream(&name)
            } else {
                name
            },
            from: if fault == StartsStreamsOneLate {
                from + 1
            } else {
                from
            },
        },
        other => other,
    };
    match fault {
        IgnoresTo => part.to = None,
        IgnoresLimits => part.limit = None,
        IgnoresDirections => part.direction = Direction::Forward,
        _ => {}
    }
    part
}

/// The event as it is shown, if it is.
pub fn changed_event(fault: Fault, mut event: StoredEvent, head: Position) -> Option<StoredEvent> {
    match fault {
        DropsBinaryRows if event.data.as_json().is_none() => return None,
        ChangesWhatIsOld if event.position.plus(6) < head => event.tags = Tags::new(),
        LetsTimeRunBackwards => {
            let earlier = 1_000 - i64::try_from(event.position.get()).unwrap_or(0);
            event.recorded_at = Timestamp::from_micros(earlier);
        }
        RenumbersRevisions => {
            if let Some(place) = &mut event.stream {
                place.revision /= 2;
            }
        }
        _ => {}
    }
    Some(event)
}
