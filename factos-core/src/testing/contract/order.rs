//! G4, G5 and G7, and the faults of reads: one order, of which everybody sees a prefix.

use std::sync::Arc;

use tokio::sync::Barrier;

use super::counting::{count, each_knew_those_in_front};
use super::fixture::StoreFixture;
use super::turns::Turns;
use super::words::*;
use crate::event::StoredEvent;
use crate::store::{EventStore, ExpectedRevision, ReadPart, ReadRequest, Refusal};

/// How many events [`while_written`] stores.
const WRITTEN: usize = 4 * 15 * 2;

/// Four clients that append pairs of events with the tag `k:1` to the stream `s`, and what is refused; and somebody who
/// looks at the log meanwhile.
async fn while_written<S: EventStore>(handles: &[Arc<S>; 2], look: impl AsyncFnMut()) {
    let turns = Turns::new();
    let client = |n: usize| {
        let (store, turns) = (handles[n % 2].clone(), turns.clone());
        async move {
            for round in 0..15 {
                turns.next().await;
                let name = format!("{n}-{round}");
                let by = format!("by:{name}");
                let pair = [event("A", &["k:1", &by]), event("B", &["k:1"])];
                let pair = request(pair).to_stream(stream("s"), ExpectedRevision::Any);
                accepted(&*store, pair.with_key(key(&name, b""))).await;
                let conflict = request([event("A", &["k:1"])]).guarded([guard(&["A"], &[], 0)]);
                let refusal = refused(&*store, conflict).await;
                assert!(matches!(refusal, Refusal::Conflict(_)), "{refusal:?}");
            }
        }
    };
    let writers = tokio::spawn(together((0..4).map(client).collect::<Vec<_>>()));
    turns.look(writers, look).await;
}

/// Who reads while others write and fail to write sees a prefix of the log, never a gap that is filled later.
pub async fn g4_what_is_visible_is_always_a_prefix<F: StoreFixture>(fixture: &F) {
    let handles = open_twice(fixture).await;
    let mut before: Vec<StoredEvent> = Vec::new();
    let mut turns = 0;
    while_written(&handles, async || {
        turns += 1;
        let snapshot = read(&*handles[turns % 2], ReadRequest::new([all()])).await;
        let seen = &snapshot.parts[0];
        let consecutive: Vec<u64> = (1..=snapshot.head.get()).collect();
        assert_eq!(places(seen), consecutive);
        assert!(seen.starts_with(&before), "what was seen is still there");
        before.clone_from(seen);
    })
    .await;
    assert_eq!(before.len(), WRITTEN);
}

/// All parts of a read, its head and what it says of a key are of one moment, while others write.
pub async fn g5_a_read_is_of_one_moment<F: StoreFixture>(fixture: &F) {
    let handles = open_twice(fixture).await;
    while_written(&handles, async || {
        let parts = [
            ReadPart::stream(stream("s"), 0).backward(),
            ReadPart::query(query(&["B"], &["k:1"])),
            all(),
            ReadPart::query(query(&[], &["k:1"])),
        ];
        let request = ReadRequest::new(parts).with_key("1-7");
        let snapshot = read(&*handles[1], request).await;
        let [in_stream, b, all, tagged] = &snapshot.parts[..] else {
            panic!("each part has an answer")
        };
        let head = snapshot.head.get();
        assert_eq!(places(all), (1..=head).collect::<Vec<_>>());
        assert_eq!(all, tagged, "all events carry the tag");
        let is_b = |event: &&StoredEvent| event.event_type.as_str() == "B";
        assert!(b.iter().eq(all.iter().filter(is_b)), "{b:?} of {all:?}");
        assert!(in_stream.iter().rev().eq(all), "{in_stream:?} of {all:?}");
        let own = tag("by:1-7");
        let is_there = all.iter().any(|event| event.tags.contains(&own));
        assert_eq!(snapshot.known.is_some(), is_there, "the key and its events");
    })
    .await;
    let known = read(&*handles[0], ReadRequest::new([]).with_key("1-7")).await;
    assert!(known.known.is_some());
}

/// Parts that ask for little still come with the head of the moment that they were read at.
pub async fn g5_parts_share_one_head<F: StoreFixture>(fixture: &F) {
    let store = open(fixture).await;
    for name in ["A", "B"] {
        accepted(&*store, request([event(name, &["k:1"])])).await;
    }
    let parts = [
        ReadPart::query(query(&["B"], &[])),
        ReadPart::query(query(&["A"], &["k:1"])),
        ReadPart::query(query(&["C"], &[])),
    ];
    let snapshot = read(&*store, ReadRequest::new(parts).with_key("unknown")).await;
    let places: Vec<Vec<u64>> = snapshot.parts.iter().map(|part| places(part)).collect();
    assert_eq!(places, [vec![2], vec![1], vec![]]);
    assert_eq!((snapshot.head.get(), snapshot.known), (2, None));
    assert_eq!(
        head(&*store).await,
        2,
        "a read without parts has a head too"
    );
}

/// Events that are appended without conditions have their place in the order like all others: a condition at a head
/// knows all that is in front of it, and all that comes behind it breaks it.
pub async fn g7_unconditional_appends_are_ordered_like_all_others<F: StoreFixture>(fixture: &F) {
    let handles = open_twice(fixture).await;
    let start = Arc::new(Barrier::new(6));
    let clients = (0..6).map(|n| {
        let (store, start) = (handles[n / 2 % 2].clone(), start.clone());
        async move {
            for _ in 0..12 {
                start.wait().await;
                if n % 2 == 0 {
                    count(&*store, 6).await;
                } else {
                    accepted(&*store, request([event("B", &["k:1"])])).await;
                }
            }
        }
    });
    together(clients).await;
    let all = events(&*handles[0], all()).await;
    assert_eq!(all.len(), 72);
    each_knew_those_in_front(&all);
}

/// Reads in a loop while pairs of events with the tag `k:1` are appended, and says what each read sees.
async fn look_while_written<S: EventStore>(
    handles: &[Arc<S>; 2],
    parts: usize,
    look: impl Fn(u64, Vec<Vec<u64>>),
) {
    let turns = Turns::new();
    let writers = (0..3).map(|n| {
        let (store, turns) = (handles[n % 2].clone(), turns.clone());
        async move {
            for _ in 0..15 {
                turns.next().await;
                accepted(
                    &*store,
                    request([event("A", &["k:1"]), event("B", &["k:1"])]),
                )
                .await;
            }
        }
    });
    let writers = tokio::spawn(together(writers.collect::<Vec<_>>()));
    turns
        .look(writers, async || {
            let tagged = ReadPart::query(query(&["A", "B"], &["k:1"]));
            let request = ReadRequest::new(vec![tagged; parts]);
            let snapshot = read(&*handles[1], request).await;
            let parts = snapshot.parts.iter().map(|part| places(part)).collect();
            look(snapshot.head.get(), parts);
        })
        .await;
}

/// Fault 7, the head taken after the events, or by another statement: what came in between is lost to the decision.
pub async fn fault_7_the_head_is_not_newer_than_the_events<F: StoreFixture>(fixture: &F) {
    let handles = open_twice(fixture).await;
    look_while_written(&handles, 1, |head, parts| {
        let last = parts[0].last().copied().unwrap_or(0);
        assert_eq!(last, head, "the last event, and the head");
    })
    .await;
}

/// Fault 8, newer snapshots inside a read: some of its parts are newer than others, and events are missing below the
/// position that it reports.
pub async fn fault_8_no_part_of_a_read_is_newer_than_another<F: StoreFixture>(fixture: &F) {
    let handles = open_twice(fixture).await;
    look_while_written(&handles, 6, |head, parts| {
        let whole: Vec<u64> = (1..=head).collect();
        assert_eq!(parts, vec![whole; 6]);
    })
    .await;
}
