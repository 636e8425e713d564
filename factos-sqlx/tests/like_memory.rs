//! Whatever is asked of it, the SQLite store answers like the store in memory.

mod support;

use factos_core::store::{
    AppendRequest, EventStore, ExpectedRevision, Group, Guard, IdempotencyKey, ReadPart,
    ReadRequest, Snapshot,
};
use factos_core::{
    AppendId, EventId, MemoryStore, NewEvent, Position, Query, StreamName, Timestamp,
};
use factos_sqlx::{SqliteOptions, Synchronous};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use support::{event, item};

const TYPES: [&str; 3] = ["A", "B", "C"];
const TAGS: [&str; 4] = ["a:1", "a:2", "b:1", "c:1"];

#[derive(Debug, Clone)]
enum Step {
    Append(Vec<Member>),
    Settle(u8),
    Locked(ReadRequest, Member),
    Read(ReadRequest),
}

#[derive(Debug, Clone)]
struct Member {
    request: AppendRequest,
    depends_on: Vec<usize>,
}

fn queries() -> impl Strategy<Value = Query> {
    let names = proptest::sample::subsequence(&TYPES[..], 0..=2);
    let tags = proptest::sample::subsequence(&TAGS[..], 0..=3);
    let item = (names, tags).prop_map(|(names, tags)| item(&names, &tags));
    vec(item, 0..4).prop_map(Query::new)
}

/// Positions near the start, or beyond everything.
fn positions() -> impl Strategy<Value = Position> {
    prop_oneof![8 => 0..40_u64, 1 => Just(u64::MAX)].prop_map(Position::new)
}

fn names() -> impl Strategy<Value = StreamName> {
    (0..2_u8).prop_map(|n| StreamName::new(format!("s{n}")).expect("short"))
}

fn small_id(number: u8) -> [u8; 16] {
    [number; 16]
}

fn events() -> impl Strategy<Value = NewEvent> {
    let tags = proptest::sample::subsequence(&TAGS[..], 0..=4);
    // A few events come under ids that others have, too.
    let id = option::weighted(0.05, 0..4_u8);
    (proptest::sample::select(&TYPES[..]), tags, id).prop_map(|(name, tags, id)| {
        let mut event = event(name, &tags);
        if let Some(id) = id {
            event.id = EventId::from_bytes(small_id(id));
        }
        event
    })
}

fn requests() -> impl Strategy<Value = AppendRequest> {
    let guard = (queries(), positions()).prop_map(|(query, after)| Guard::new(query, after));
    let expected = prop_oneof![
        3 => Just(ExpectedRevision::Any),
        1 => Just(ExpectedRevision::NoStream),
        2 => (0..6_u64).prop_map(ExpectedRevision::At),
    ];
    let content = (0..2_u8).prop_map(|n| vec![n; usize::from(n)]);
    let key = (0..4_u8, content).prop_map(|(n, content)| {
        IdempotencyKey::new(format!("k{n}"), "C", content).expect("short")
    });
    (
        (option::weighted(0.8, vec(events(), 0..4)), vec(guard, 0..3)),
        option::weighted(0.3, (names(), expected)),
        option::weighted(0.15, key),
        option::weighted(0.2, 0..6_u8),
        0..100_i64,
    )
        .prop_map(|((events, guards), stream, key, id, at)| {
            let request = match events {
                None => AppendRequest::check(guards),
                Some(events) => AppendRequest::append(
                    events,
                    Timestamp::from_micros(at),
                    &factos_core::Limits::default(),
                )
                .expect("small")
                .guarded(guards),
            };
            let request = match stream {
                None => request,
                Some((name, expected)) => request.to_stream(name, expected),
            };
            let request = match key {
                None => request,
                Some(key) => request.with_key(key),
            };
            match id {
                None => request,
                Some(id) => request.with_id(AppendId::from_bytes(small_id(id))),
            }
        })
}

fn members() -> impl Strategy<Value = Member> {
    (requests(), vec(0..6_usize, 0..2)).prop_map(|(request, depends_on)| Member {
        request,
        depends_on,
    })
}

fn reads() -> impl Strategy<Value = ReadRequest> {
    let source = prop_oneof![
        4 => queries().prop_map(ReadPart::query),
        1 => (names(), 0..4_u64).prop_map(|(name, from)| ReadPart::stream(name, from)),
    ];
    let part = (
        (source, positions()),
        option::of(positions()),
        option::of(0..6_u64),
        any::<bool>(),
    )
        .prop_map(|((part, after), to, limit, backward)| {
            let part = part.after(after);
            let part = to.map_or_else(|| part.clone(), |to| part.clone().to(to));
            let part = limit.map_or_else(|| part.clone(), |limit| part.clone().limit(limit));
            if backward { part.backward() } else { part }
        });
    (vec(part, 0..4), option::of(0..4_u8)).prop_map(|(parts, key)| {
        let read = ReadRequest::new(parts);
        match key {
            None => read,
            Some(key) => read.with_key(format!("k{key}")),
        }
    })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => vec(members(), 1..7).prop_map(Step::Append),
        1 => (0..6_u8).prop_map(Step::Settle),
        1 => (reads(), members()).prop_map(|(read, member)| Step::Locked(read, member)),
        4 => reads().prop_map(Step::Read),
    ];
    vec(step, 1..12)
}

fn group(members: &[Member]) -> Group {
    let mut group = Group::new();
    for (i, member) in members.iter().enumerate() {
        // Numbers behind the request's own are no dependencies; 5 stays, to ask for one that is not there.
        let earlier = member.depends_on.iter().filter(|n| **n < i || **n == 5);
        let decided_on = if i % 2 == 1 {
            earlier.copied().collect()
        } else {
            Vec::new()
        };
        group.push_decided_on(member.request.clone(), decided_on);
    }
    group
}

async fn play<S: EventStore>(store: &S, steps: &[Step]) -> Vec<String> {
    let mut seen = Vec::new();
    for step in steps {
        seen.push(match step {
            Step::Append(members) => format!("{:?}", store.append(group(members)).await),
            Step::Settle(id) => {
                let id = AppendId::from_bytes(small_id(*id));
                format!("{:?}", store.settle(id).await)
            }
            Step::Read(read) => format!("{:?}", store.read(read.clone()).await),
            Step::Locked(read, member) => {
                let request = member.request.clone();
                let (tell, told) = std::sync::mpsc::channel();
                let decide = Box::new(move |snapshot: Snapshot| {
                    let _ = tell.send(format!("{snapshot:?}"));
                    Some(request)
                });
                let answer = store.locked(read.clone(), decide).await;
                format!("{:?} {answer:?}", told.try_recv())
            }
        });
        let everything = ReadRequest::new([ReadPart::query(Query::all())]);
        seen.push(format!("{:?}", store.read(everything).await));
    }
    seen
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn sqlite_answers_like_memory(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let (sqlite, memory) = runtime.block_on(async {
            let directory = tempfile::tempdir().expect("a directory");
            let sqlite = SqliteOptions::from_path(directory.path().join("log.db"))
                .synchronous(Synchronous::Normal)
                .open()
                .await
                .expect("a store");
            (play(&sqlite, &steps).await, play(&MemoryStore::new(), &steps).await)
        });
        for (sqlite, memory) in sqlite.iter().zip(&memory) {
            prop_assert_eq!(sqlite, memory);
        }
    }
}
