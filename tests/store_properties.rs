//! The stores against each other: whatever is asked in whatever order, SQLite answers what memory answers.

mod support;

use factos::sqlite::{SqliteOptions, Synchronous};
use factos::store::{
    AppendRequest, Direction, EventStore, ExpectedRevision, Group, Guard, IdempotencyKey, ReadPart,
    ReadRequest, Receipts, Source,
};
use factos::{
    AppendId, Data, EventId, EventType, Limits, MemoryStore, Metadata, NewEvent, Position, Query,
    QueryItem, StreamName, Tag, Timestamp,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// One call of a store.
#[derive(Debug, Clone)]
enum Step {
    Append(Vec<Member>),
    Locked(ReadRequest, Option<AppendRequest>),
    Read(ReadRequest),
    Settle(AppendId),
}

/// A request, and on which earlier ones of its group it was decided.
#[derive(Debug, Clone)]
struct Member {
    request: AppendRequest,
    depends_on: Vec<usize>,
}

/// Ids come from a small set, so that some are repeated.
fn append_id() -> impl Strategy<Value = AppendId> {
    any::<u8>().prop_map(|n| AppendId::from_bytes([n; 16]))
}

fn event_type() -> impl Strategy<Value = EventType> {
    select(vec!["Opened", "Closed", "opened", "Op\u{e9}n", "%"])
        .prop_map(|t| EventType::new(t).expect("a type"))
}

fn tag() -> impl Strategy<Value = Tag> {
    select(vec![
        "a:1",
        "a:2",
        "b:1",
        "b:",
        "a:x:y",
        "a:\"\n'%_",
        "a:🦀",
    ])
    .prop_map(|t| Tag::parse(t).expect("a tag"))
}

fn data() -> impl Strategy<Value = Data> {
    prop_oneof![
        select(vec![
            "{}",
            "{ \"b\": 1,\n\"a\":\"\\u0000\" }",
            "\"é'🦀\"",
            "1.50"
        ])
        .prop_map(|json| Data::json(json).expect("json")),
        vec(any::<u8>(), 0..20).prop_map(Data::binary),
    ]
}

fn metadata() -> impl Strategy<Value = Metadata> {
    vec(
        (select(vec!["k", "", "a=b", "\n"]), "[a-z=\n\"'\\\\🦀]{0,8}"),
        0..3,
    )
    .prop_map(Metadata::from_iter)
}

prop_compose! {
    fn new_event()(
        id in any::<u16>(),
        event_type in event_type(),
        tags in vec(tag(), 0..4),
        version in 1..4_u32,
        data in data(),
        metadata in metadata(),
    ) -> NewEvent {
        let mut event = NewEvent::new(event_type, data);
        let mut bytes = [7; 16];
        bytes[..2].copy_from_slice(&(id % 4096).to_be_bytes());
        event.id = EventId::from_bytes(bytes);
        event.tags = tags.into_iter().collect();
        event.version = version;
        event.metadata = metadata;
        event
    }
}

fn query() -> impl Strategy<Value = Query> {
    let item = (vec(event_type(), 0..3), vec(tag(), 0..3)).prop_map(|(types, tags)| {
        let item = types.into_iter().fold(QueryItem::new(), QueryItem::of_type);
        tags.into_iter().fold(item, QueryItem::tagged)
    });
    vec(item, 0..4).prop_map(Query::new)
}

fn position() -> impl Strategy<Value = Position> {
    prop_oneof![9 => 0..40_u64, 1 => Just(u64::MAX)].prop_map(Position::new)
}

fn stream_name() -> impl Strategy<Value = StreamName> {
    select(vec!["s", "S", "s'1"]).prop_map(|name| StreamName::new(name).expect("a name"))
}

fn expected() -> impl Strategy<Value = ExpectedRevision> {
    prop_oneof![
        Just(ExpectedRevision::Any),
        Just(ExpectedRevision::NoStream),
        (0..5_u64).prop_map(ExpectedRevision::At),
    ]
}

fn key() -> impl Strategy<Value = IdempotencyKey> {
    (
        select(vec!["k1", "k2"]),
        select(vec!["Open", "Close"]),
        vec(0..2_u8, 0..2),
    )
        .prop_map(|(key, command, content)| {
            IdempotencyKey::new(key, command, content).expect("a key")
        })
}

prop_compose! {
    fn request()(
        id in append_id(),
        events in option::weighted(0.8, vec(new_event(), 0..4)),
        guards in vec((query(), position()), 0..3),
        stream in option::weighted(0.3, (stream_name(), expected())),
        key in option::weighted(0.2, key()),
        recorded_at in 0..1_000_i64,
    ) -> AppendRequest {
        let at = Timestamp::from_micros(recorded_at);
        let request = match events {
            Some(events) => AppendRequest::append(events, at, &Limits::default()).expect("within the limits"),
            None => AppendRequest::check(Vec::new()),
        };
        let guards = guards.into_iter().map(|(query, after)| Guard::new(query, after));
        let request = request.with_id(id).guarded(guards);
        let request = match stream {
            Some((name, expected)) => request.to_stream(name, expected),
            None => request,
        };
        match key {
            Some(key) => request.with_key(key),
            None => request,
        }
    }
}

prop_compose! {
    fn part()(
        source in prop_oneof![
            3 => query().prop_map(Source::Query),
            1 => (stream_name(), 0..4_u64).prop_map(|(name, from)| Source::Stream { name, from }),
        ],
        after in position(),
        to in option::of(position()),
        limit in option::of(0..6_u64),
        backward in any::<bool>(),
    ) -> ReadPart {
        let mut part = ReadPart::query(Query::all()).after(after);
        part.source = source;
        part.to = to;
        part.limit = limit;
        part.direction = if backward { Direction::Backward } else { Direction::Forward };
        part
    }
}

fn receipts() -> impl Strategy<Value = Receipts> {
    prop_oneof![
        (position(), position()).prop_map(|(after, to)| Receipts::Keyed { after, to }),
        (
            option::of(append_id()),
            prop_oneof![0..4_u64, Just(u64::MAX)]
        )
            .prop_map(|(after, limit)| Receipts::WithoutEvents { after, limit }),
    ]
}

fn read() -> impl Strategy<Value = ReadRequest> {
    (
        vec(part(), 0..4),
        option::of(select(vec!["k1", "k2", "k3"])),
        option::of(receipts()),
    )
        .prop_map(|(parts, key, receipts)| {
            let mut request = ReadRequest::new(parts);
            request.receipts = receipts;
            match key {
                Some(key) => request.with_key(key),
                None => request,
            }
        })
}

fn step() -> impl Strategy<Value = Step> {
    let member = (request(), vec(0..4_usize, 0..2));
    let group = vec(member, 1..5).prop_map(|members| {
        let earlier = |(i, (request, on)): (usize, (AppendRequest, Vec<usize>))| Member {
            request,
            depends_on: on.into_iter().filter(|on| *on < i).collect(),
        };
        Step::Append(members.into_iter().enumerate().map(earlier).collect())
    });
    prop_oneof![
        6 => group,
        2 => (read(), option::of(request())).prop_map(|(read, request)| Step::Locked(read, request)),
        3 => read().prop_map(Step::Read),
        1 => append_id().prop_map(Step::Settle),
    ]
}

/// Everything that a store says to a step, as text, so that differences are readable.
async fn take(store: &impl EventStore, step: &Step) -> String {
    match step.clone() {
        Step::Append(members) => {
            let mut group = Group::new();
            for member in members {
                group.push_decided_on(member.request, member.depends_on);
            }
            format!(
                "{:#?}",
                store.append(group).await.expect("the store answers")
            )
        }
        Step::Locked(read, request) => {
            let (tell, told) = std::sync::mpsc::channel();
            let decide = Box::new(move |snapshot| {
                tell.send(snapshot).expect("the test listens");
                request
            });
            let answer = store.locked(read, decide).await.expect("the store answers");
            format!("{:#?} {answer:#?}", told.recv().expect("a snapshot"))
        }
        Step::Read(request) => format!(
            "{:#?}",
            store.read(request).await.expect("the store answers")
        ),
        Step::Settle(id) => format!("{:#?}", store.settle(id).await.expect("the store answers")),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, max_shrink_iters: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn sqlite_answers_what_memory_answers(steps in vec(step(), 1..24)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let directory = tempfile::tempdir().expect("a directory");
            let file = directory.path().join("log.db");
            let options = SqliteOptions::from_path(&file).synchronous(Synchronous::Normal);
            let sqlite = options.open().await.expect("it opens");
            let memory = MemoryStore::new();
            for step in &steps {
                let (ours, theirs) = (take(&memory, step).await, take(&sqlite, step).await);
                prop_assert_eq!(ours, theirs, "after {:#?}", step);
            }
            let all = support::everything();
            prop_assert_eq!(memory.read_now(&all), sqlite.read(all).await.expect("the store answers"));
            Ok(())
        })?;
    }
}
