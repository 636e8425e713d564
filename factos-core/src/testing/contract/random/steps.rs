//! The calls that are tried. Names, ids and positions come from small sets, so that they meet.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::codec::Data;
use crate::event::NewEvent;
use crate::id::{AppendId, EventId};
use crate::limits::Limits;
use crate::metadata::Metadata;
use crate::name::StreamName;
use crate::position::Position;
use crate::query::{Query, QueryItem};
use crate::store::{
    AppendRequest, ExpectedRevision, Guard, IdempotencyKey, ReadPart, ReadRequest, Receipts,
};
use crate::testing::contract::words::{event_type, stream, tag, valid};
use crate::time::Timestamp;

/// One call, by one of two handles.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) by_second_handle: bool,
    pub(super) call: Call,
}

#[derive(Debug, Clone)]
pub(super) enum Call {
    Append(Vec<Member>),
    Locked(ReadRequest, Option<AppendRequest>),
    Read(ReadRequest),
    Settle(AppendId),
}

/// A request, and on which ones of its group it was decided.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) request: AppendRequest,
    pub(super) decided_on: Vec<usize>,
}

pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let call = prop_oneof![
        6 => group().prop_map(Call::Append),
        2 => (read(), option::of(request())).prop_map(|(read, request)| Call::Locked(read, request)),
        3 => read().prop_map(Call::Read),
        1 => append_id().prop_map(Call::Settle),
    ];
    let step = (any::<bool>(), call).prop_map(|(by_second_handle, call)| Step {
        by_second_handle,
        call,
    });
    vec(step, 1..50)
}

fn group() -> impl Strategy<Value = Vec<Member>> {
    let decided_on = prop_oneof![3 => Just(Vec::new()), 1 => vec(0..6_usize, 1..3)];
    vec((request(), decided_on), 1..7).prop_map(|members| {
        let member = |(i, (request, on)): (usize, (AppendRequest, Vec<usize>))| Member {
            request,
            // An earlier one, or 5: sometimes one that is not there.
            decided_on: on.into_iter().filter(|on| *on < i || *on == 5).collect(),
        };
        members.into_iter().enumerate().map(member).collect()
    })
}

fn append_id() -> impl Strategy<Value = AppendId> {
    // The last one is a new id.
    (0..40_u8).prop_map(|n| match n {
        0..8 => AppendId::from_bytes([n; 16]),
        _ => AppendId::new(),
    })
}

fn types() -> impl Strategy<Value = &'static str> {
    select(vec!["Opened", "Closed", "opened", "Op\u{e9}n", "%"])
}

fn tags() -> impl Strategy<Value = &'static str> {
    select(vec![
        "a:1",
        "a:2",
        "b:1",
        "b:",
        "a:x:y",
        "a:\"\n'%_",
        "a:\u{1f980}",
    ])
}

fn data() -> impl Strategy<Value = Data> {
    let texts = select(vec![
        "{}",
        "{ \"b\": 1,\n\"a\":\"\\u0000\" }",
        "\"\u{e9}'\u{1f980}\"",
        "1.50",
    ]);
    prop_oneof![
        texts.prop_map(|text| valid(Data::json(text))),
        vec(any::<u8>(), 0..20).prop_map(Data::binary),
    ]
}

fn metadata() -> impl Strategy<Value = Metadata> {
    let text = || select(vec!["k", "", "a=b", "\n", "'", "\u{1f980}"]);
    vec((text(), text()), 0..3).prop_map(Metadata::from_iter)
}

fn new_event() -> impl Strategy<Value = NewEvent> {
    // A few events come under ids that others have, too.
    let id = option::weighted(0.05, 0..4_u8);
    let fields = (types(), vec(tags(), 0..4), 1..4_u32, data(), metadata(), id);
    fields.prop_map(|(name, tags, version, data, metadata, id)| {
        let mut event = NewEvent::new(event_type(name), data);
        event.id = id.map_or(event.id, |n| EventId::from_bytes([n; 16]));
        event.tags = tags.into_iter().map(tag).collect();
        event.version = version;
        event.metadata = metadata;
        event
    })
}

fn query() -> impl Strategy<Value = Query> {
    let item = (vec(types(), 0..3), vec(tags(), 0..3)).prop_map(|(types, tags)| {
        let item = types
            .into_iter()
            .map(event_type)
            .fold(QueryItem::new(), QueryItem::of_type);
        tags.into_iter().map(tag).fold(item, QueryItem::tagged)
    });
    vec(item, 0..4).prop_map(Query::new)
}

/// Near the start, somewhere, or beyond everything.
fn position() -> impl Strategy<Value = Position> {
    prop_oneof![6 => 0..40_u64, 3 => 0..200_u64, 1 => Just(u64::MAX)].prop_map(Position::new)
}

fn stream_name() -> impl Strategy<Value = StreamName> {
    select(vec!["s", "S", "s'1"]).prop_map(stream)
}

fn key() -> impl Strategy<Value = IdempotencyKey> {
    let content = vec(0..2_u8, 0..2);
    let key = (
        select(vec!["k1", "k2"]),
        select(vec!["Open", "Close"]),
        content,
    );
    key.prop_map(|(key, command, content)| valid(IdempotencyKey::new(key, command, content)))
}

fn request() -> impl Strategy<Value = AppendRequest> {
    let expected = prop_oneof![
        3 => Just(ExpectedRevision::Any),
        1 => Just(ExpectedRevision::NoStream),
        2 => (0..6_u64).prop_map(ExpectedRevision::At),
    ];
    let guard = (query(), position()).prop_map(|(query, after)| Guard::new(query, after));
    let events = (option::weighted(0.85, vec(new_event(), 0..4)), 0..1_000_i64);
    let request = (events, append_id()).prop_map(|((events, at), id)| {
        let at = Timestamp::from_micros(at);
        let request = match events {
            Some(events) => valid(AppendRequest::append(events, at, &Limits::default())),
            None => AppendRequest::check(Vec::new()),
        };
        request.with_id(id)
    });
    let stream = option::weighted(0.3, (stream_name(), expected));
    let key = option::weighted(0.2, key());
    (request, vec(guard, 0..3), stream, key).prop_map(|(request, guards, stream, key)| {
        let request = match stream {
            Some((name, expected)) => request.to_stream(name, expected),
            None => request,
        };
        let request = match key {
            Some(key) => request.with_key(key),
            None => request,
        };
        request.guarded(guards)
    })
}

fn part() -> impl Strategy<Value = ReadPart> {
    let source = prop_oneof![
        3 => query().prop_map(ReadPart::query),
        1 => (stream_name(), 0..4_u64).prop_map(|(name, from)| ReadPart::stream(name, from)),
    ];
    let range = (
        position(),
        option::of(position()),
        option::of(0..6_u64),
        any::<bool>(),
    );
    (source, range).prop_map(|(part, (after, to, limit, backward))| {
        let mut part = part.after(after);
        part.to = to;
        part.limit = limit;
        if backward { part.backward() } else { part }
    })
}

fn receipts() -> impl Strategy<Value = Receipts> {
    let keyed = (position(), position()).prop_map(|(after, to)| Receipts::Keyed { after, to });
    let limit = prop_oneof![0..4_u64, Just(u64::MAX)];
    let without = (option::of(append_id()), limit)
        .prop_map(|(after, limit)| Receipts::WithoutEvents { after, limit });
    prop_oneof![keyed, without]
}

fn read() -> impl Strategy<Value = ReadRequest> {
    let key = option::of(select(vec!["k1", "k2", "k3"]));
    let read = (vec(part(), 0..4), key, option::of(receipts()));
    read.prop_map(|(parts, key, receipts)| {
        let mut read = ReadRequest::new(parts);
        read.key = key.map(str::to_owned);
        read.receipts = receipts;
        read
    })
}
