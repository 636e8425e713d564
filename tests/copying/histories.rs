//! Logs to be copied: what was appended to them, and how.

use factos::store::{
    AppendRequest, EventStore, ExpectedRevision, Group, IdempotencyKey, Refusal, Settled,
};
use factos::{AppendId, Data, EventType, Limits, Metadata, NewEvent, StreamName, Tag, Timestamp};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::support::event;

/// More than any log takes by itself.
const GENEROUS: Limits = Limits {
    tags_per_event: 1_000,
    bytes_per_event: 64 << 20,
    events_per_append: 10_000,
    bytes_per_append: 64 << 20,
};

/// Something that happened to a log.
#[derive(Debug, Clone)]
pub enum Step {
    Append(Box<AppendRequest>),
    Void(AppendId),
}

/// Events that are appended at this time.
pub fn append_at(micros: i64, events: Vec<NewEvent>) -> AppendRequest {
    let at = Timestamp::from_micros(micros);
    AppendRequest::append(events, at, &GENEROUS).expect("within these limits")
}

pub fn stream(name: &str) -> StreamName {
    StreamName::new(name).expect("a name")
}

pub fn key(key: &str, content: &[u8]) -> IdempotencyKey {
    IdempotencyKey::new(key, "Open", content).expect("a key")
}

/// So many events of a type.
pub fn events(event_type: &str, count: usize) -> Vec<NewEvent> {
    (0..count)
        .map(|n| event(event_type, &[&format!("n:{n}")]))
        .collect()
}

/// Appends, and answers what the log said.
pub async fn happen(store: &impl EventStore, step: Step) -> Result<(), Refusal> {
    match step {
        Step::Append(request) => {
            let answers = store.append(Group::single(*request)).await;
            let answer = answers.expect("the store answers").pop();
            answer.expect("an answer").map(|_| ())
        }
        Step::Void(id) => {
            let settled = store.settle(id).await.expect("the store answers");
            assert_eq!(settled, Settled::Void);
            Ok(())
        }
    }
}

/// Appends what cannot be refused.
pub async fn appended(store: &impl EventStore, request: AppendRequest) {
    let step = Step::Append(Box::new(request));
    happen(store, step)
        .await
        .expect("nothing speaks against it");
}

/// Events of an [`eventful`] log.
pub const EVENTFUL: u64 = 10;

/// A bit of everything that a log can hold.
pub async fn eventful(store: &impl EventStore) {
    let mut odd = event("Op\u{e9}n", &["a:x:y", "a:\"\n'%_", "b:", "a:🦀"]);
    odd.version = 7;
    odd.data = Data::json("{ \"b\": 1,\n\"a\":\"\\u0000\" }").expect("json");
    odd.metadata = Metadata::new()
        .with("z", "é='\n")
        .with("", "")
        .with("a", "🦀");
    let mut binary = event("Closed", &[]);
    binary.data = Data::binary([0, 159, 146, 150, 255]);
    let expected = ExpectedRevision::NoStream;

    appended(store, append_at(-5, vec![odd, binary])).await;
    appended(
        store,
        append_at(7, events("A", 3)).to_stream(stream("s"), expected),
    )
    .await;
    appended(store, append_at(3, events("B", 1))).await;
    let keyed = append_at(9, events("C", 2)).to_stream(stream("s"), ExpectedRevision::At(2));
    appended(store, keyed.with_key(key("k1", &[1, 2]))).await;
    appended(
        store,
        append_at(9, events("D", 1)).to_stream(stream("S"), expected),
    )
    .await;
    appended(store, append_at(9, Vec::new()).with_key(key("k2", &[]))).await;
    appended(store, append_at(99, Vec::new())).await;
    for bytes in [[0; 16], [0x7f; 16], [0x80; 16], [0xff; 16]] {
        let void = Step::Void(AppendId::from_bytes(bytes));
        happen(store, void).await.expect("it is void");
    }
    appended(
        store,
        append_at(10, events("E", 1)).with_key(key("é'\n", &[0])),
    )
    .await;
}

fn new_event() -> impl Strategy<Value = NewEvent> {
    let tag = select(vec!["a:1", "a:2", "b:", "a:x:y", "a:\"\n'%_", "a:🦀"]);
    let data = prop_oneof![
        "[a-z é\"]{0,12}".prop_map(|text| {
            Data::json(serde_json::to_string(&text).expect("text")).expect("json")
        }),
        vec(any::<u8>(), 0..20).prop_map(Data::binary),
    ];
    let metadata = vec((select(vec!["k", "", "a=b"]), "[a-z=\n🦀]{0,8}"), 0..3);
    (
        select(vec!["A", "a", "%"]),
        vec(tag, 0..4),
        data,
        metadata,
        1..4_u32,
    )
        .prop_map(|(event_type, tags, data, metadata, version)| {
            let mut event = NewEvent::new(EventType::new(event_type).expect("a type"), data);
            event.tags = tags
                .into_iter()
                .map(|tag| Tag::parse(tag).expect("a tag"))
                .collect();
            event.metadata = Metadata::from_iter(metadata);
            event.version = version;
            event
        })
}

fn request() -> impl Strategy<Value = AppendRequest> {
    let count = prop_oneof![6 => 1..4_usize, 2 => Just(0), 1 => 4..40_usize];
    let size = count.prop_flat_map(|count| vec(new_event(), count));
    let stream_of = option::weighted(0.4, select(vec!["s", "S", "s'1"]));
    let id = option::weighted(0.3, any::<[u8; 16]>());
    let keyed = option::weighted(0.3, (0..20_u8, vec(any::<u8>(), 0..4)));
    (size, stream_of, id, keyed, -50..50_i64).prop_map(|(events, name, id, keyed, at)| {
        let mut request = append_at(at, events);
        if let Some(name) = name {
            request = request.to_stream(stream(name), ExpectedRevision::Any);
        }
        if let Some(id) = id {
            request = request.with_id(AppendId::from_bytes(id));
        }
        if let Some((n, content)) = keyed {
            request = request.with_key(key(&format!("k{n}"), &content));
        }
        request
    })
}

/// Anything that can happen to a log, some of it refused.
pub fn history() -> impl Strategy<Value = Vec<Step>> {
    let void = any::<[u8; 16]>().prop_map(|id| Step::Void(AppendId::from_bytes(id)));
    let append = request().prop_map(|request| Step::Append(Box::new(request)));
    vec(prop_oneof![8 => append, 1 => void], 0..30)
}
