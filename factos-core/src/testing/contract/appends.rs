//! G2 and G11: an append is all or nothing.

use std::collections::HashMap;

use super::fixture::StoreFixture;
use super::words::*;
use crate::codec::Data;
use crate::event::NewEvent;
use crate::position::Position;
use crate::store::{
    Answer, AppendRequest, EventStore, ExpectedRevision, Group, ReadPart, ReadRequest, Refusal,
};

/// The first event stands at position 1, and each one behind the other.
pub async fn g2_positions_are_consecutive_from_one<F: StoreFixture>(fixture: &F) {
    let store = open(fixture).await;
    assert_eq!(head(&*store).await, 0);
    let first = accepted(&*store, request([event("A", &[]), event("B", &[])])).await;
    let second = accepted(&*store, request([event("C", &["k:1"])])).await;
    assert_eq!((first.first.get(), first.last.get()), (1, 2));
    assert_eq!((second.first.get(), second.last.get()), (3, 3));
    let snapshot = read(&*store, ReadRequest::new([all()])).await;
    assert_eq!(snapshot.head, Position::new(3));
    let types: Vec<&str> = snapshot.parts[0]
        .iter()
        .map(|event| event.event_type.as_str())
        .collect();
    assert_eq!(types, ["A", "B", "C"]);
}

/// An append of 1,000 events and a group of 150 appends are stored whole.
pub async fn g2_large_appends_and_groups_are_whole<F: StoreFixture>(fixture: &F) {
    let store = open(fixture).await;
    let mut group = Group::new();
    for n in 0..150 {
        let events = (0..3).map(|m| event("T", &[&format!("n:{n}"), &format!("m:{m}"), "all:1"]));
        group.push(request(events).guarded([
            guard(&["T"], &[&format!("n:{n}")], 0),
            guard(&["U"], &[], 0),
            guard(&["T", "U", "V"], &["none:1", "all:1", "m:1"], 0),
        ]));
    }
    for answer in append_group(&*store, group).await {
        assert!(matches!(answer, Ok(Answer::Accepted(_))), "{answer:?}");
    }
    let events = (0..1_000).map(|n| event("U", &[&format!("n:{n}")]));
    let at = accepted(&*store, request(events)).await;
    assert_eq!((at.first.get(), at.last.get()), (451, 1_450));
    let part = ReadPart::query(query(&[], &["n:7"]));
    assert_eq!(positions(&*store, part).await, [22, 23, 24, 458]);
    let whole: Vec<u64> = (1..=1_450).collect();
    assert_eq!(positions(&*store, all()).await, whole);
}

/// Appends of many clients at the same time stand one behind the other, each in one piece and in its order.
pub async fn g2_concurrent_appends_stay_in_one_piece<F: StoreFixture>(fixture: &F) {
    let handles = open_twice(fixture).await;
    let client = |n: usize| {
        let store = handles[n % 2].clone();
        async move {
            let mut requests = Vec::new();
            for size in 1..8 {
                let request = request((0..size).map(numbered));
                let appended = accepted(&*store, request.clone()).await;
                requests.push((request, appended));
            }
            requests
        }
    };
    let clients = together((0..6).map(client)).await;
    let mut appends = HashMap::new();
    for event in events(&*handles[0], all()).await {
        let append: &mut Vec<_> = appends.entry(event.append_id).or_default();
        append.push((event.position, event.data));
    }
    for (request, appended) in clients.into_iter().flatten() {
        let data = request.events().iter().map(|event| event.data.clone());
        let expected: Vec<_> = (appended.first.get()..)
            .map(Position::new)
            .zip(data)
            .collect();
        assert_eq!(appends.remove(&request.append_id()), Some(expected));
    }
    assert!(appends.is_empty(), "nobody appended {appends:?}");
}

/// An event that says which one of its append it is.
fn numbered(n: u32) -> NewEvent {
    let mut event = event("A", &["k:1"]);
    event.data = valid(Data::json(n.to_string()));
    event
}

/// A refused append leaves no event, consumes no position and no revision, and neither its ids nor its key are taken.
pub async fn g11_a_failed_append_leaves_nothing<F: StoreFixture>(fixture: &F) {
    let store = open(fixture).await;
    let known = event("A", &["k:1"]);
    let first = request([known.clone()]).to_stream(stream("s"), ExpectedRevision::NoStream);
    accepted(&*store, first).await;

    let own = event("B", &["k:2"]);
    let to_stream = |request: AppendRequest| request.to_stream(stream("s"), ExpectedRevision::Any);
    let once = |request: AppendRequest| request.with_key(key("k", b""));
    let right = once(to_stream(request([own.clone()])));
    let wrong = [
        right.clone().guarded([guard(&["A"], &[], 0)]),
        once(to_stream(request([own.clone(), known.clone()]))).with_id(right.append_id()),
        once(to_stream(request([own.clone(), own.clone()]))).with_id(right.append_id()),
        right
            .clone()
            .to_stream(stream("s"), ExpectedRevision::At(7)),
    ];
    for wrong in wrong {
        let mut group = Group::new();
        group.push(wrong.clone());
        group.push_decided_on(request([event("C", &[])]), vec![0]);
        let answers = append_group(&*store, group).await;
        assert!(answers[0].is_err(), "{answers:?}: {wrong:#?}");
        assert_eq!(answers[1], Err(Refusal::DependencyFailed));

        let snapshot = read(&*store, ReadRequest::new([all()]).with_key("k")).await;
        assert_eq!((snapshot.head, snapshot.known), (Position::new(1), None));
        assert_eq!(places(&snapshot.parts[0]), [1], "{wrong:#?}");
    }
    let appended = accepted(&*store, right).await;
    let place = (appended.first.get(), appended.first_revision);
    assert_eq!(place, (2, Some(1)));
}

/// Whatever the clients' clocks say, no event is recorded earlier than the one in front.
pub async fn rule_time_never_runs_backwards<F: StoreFixture>(fixture: &F) {
    let [store, other] = open_twice(fixture).await;
    let at = |micros| request_at(micros, [event("A", &[])]);
    let mut group = Group::new();
    group.push(at(50));
    group.push(at(10));
    append_group(&*store, group).await;
    accepted(&*other, at(20)).await;
    let last = accepted(&*store, at(60)).await;
    assert_eq!(last.recorded_at.as_micros(), 60);
    let events = events(&*store, all()).await;
    let times: Vec<i64> = events.iter().map(|e| e.recorded_at.as_micros()).collect();
    assert_eq!(times, [50, 50, 50, 60]);
}

/// Who follows the log in this process is woken by a commit, not before it can be read; and by what another process
/// committed, at the latest with the next read.
pub async fn rule_commits_wake_those_who_follow<F: StoreFixture>(fixture: &F) {
    let [store, other] = open_twice(fixture).await;
    let mut watch = store.info().watch();
    let writers = {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..20 {
                accepted(&*store, request([event("A", &[]), event("B", &[])])).await;
            }
        })
    };
    let mut known = Position::START;
    while known < Position::new(40) {
        let woken = tokio::time::timeout(fixture.patience(), watch.beyond(known)).await;
        let Ok(Some(woken)) = woken else {
            panic!("the log reaches beyond {known}, and nobody is told")
        };
        let seen = head(&*other).await;
        assert!(
            woken > known && woken.get() <= seen,
            "{woken} is announced, the head is {seen}"
        );
        known = woken;
    }
    if let Err(panic) = writers.await {
        std::panic::resume_unwind(panic.into_panic());
    }
    accepted(&*other, request([event("A", &[])])).await;
    assert_eq!(head(&*store).await, 41);
    let woken = tokio::time::timeout(fixture.patience(), watch.beyond(known)).await;
    assert_eq!(woken, Ok(Some(Position::new(41))));
}
