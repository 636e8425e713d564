//! G8: an event id occurs once, and a repeated append gets its first outcome.

use std::sync::Arc;

use super::fixture::StoreFixture;
use super::words::*;
use crate::id::AppendId;
use crate::position::Position;
use crate::store::{
    Answer, AppendRequest, EventStore, ExpectedRevision, Group, IdempotencyKey, ReadRequest,
    Receipt, Refusal, Settled,
};

/// An append that comes again under its id or its key gets its first outcome, and nothing is written.
pub async fn g8_a_repeated_append_gets_its_first_outcome<F: StoreFixture>(fixture: &F) {
    let [store, other] = open_twice(fixture).await;
    let once = request([event("A", &["k:1"]), event("B", &[])])
        .guarded([guard(&["A"], &["k:1"], 0)])
        .to_stream(stream("s"), ExpectedRevision::NoStream)
        .with_key(key("k", b"h"));
    let receipt = receipt(&*store, once.clone()).await;
    assert_eq!(receipt.append_id, once.append_id());
    assert_eq!(receipt.key, Some(key("k", b"h")));

    let repeated = Ok(Answer::Repeated(receipt.clone()));
    let only_the_key = request([event("C", &[])]).with_key(key("k", b"h"));
    let checked = AppendRequest::check(Vec::new()).with_key(key("k", b"h"));
    let only_the_id = request([event("C", &[])]).with_id(once.append_id());
    for again in [once.clone(), only_the_key, checked, only_the_id] {
        assert_eq!(append(&*other, again.clone()).await, repeated, "{again:#?}");
    }
    let known = read(&*other, ReadRequest::new([]).with_key("k")).await;
    assert_eq!((known.head.get(), known.known), (2, Some(receipt.clone())));
    let unknown = read(&*other, ReadRequest::new([]).with_key("K")).await;
    assert_eq!(unknown.known, None);
    let settled = settle(&*other, once.append_id()).await;
    assert_eq!(settled, Settled::Committed(receipt));
}

/// A key that comes again with another command or other content is refused.
pub async fn g8_a_key_that_means_something_else_is_refused<F: StoreFixture>(fixture: &F) {
    let store = open(fixture).await;
    let with = |command: &str, content: &[u8]| {
        let key = IdempotencyKey::new("k", command, content);
        request([event("A", &[])]).with_key(valid(key))
    };
    accepted(&*store, with("Open", b"1")).await;
    for other in [with("Open", b"2"), with("Open", b""), with("open", b"1")] {
        let reused = Refusal::KeyReused { key: "k".into() };
        assert_eq!(refused(&*store, other).await, reused);
    }
    assert_eq!(head(&*store).await, 1);
}

/// An event id that is in the log already refuses the whole append, whichever handle it came by.
pub async fn g8_an_event_id_occurs_once<F: StoreFixture>(fixture: &F) {
    let [store, other] = open_twice(fixture).await;
    let known = event("A", &[]);
    accepted(&*store, request([known.clone()])).await;
    let mut same_id = event("B", &["k:1"]);
    same_id.id = known.id;
    let own = event("C", &[]);
    for events in [
        vec![same_id.clone()],
        vec![own.clone(), same_id, event("D", &[])],
    ] {
        let refusal = refused(&*other, request(events)).await;
        assert_eq!(refusal, Refusal::DuplicateEventId(known.id));
    }
    let twice = refused(&*other, request([own.clone(), own.clone()])).await;
    assert_eq!(twice, Refusal::DuplicateEventId(own.id));
    accepted(&*other, request([own])).await;
    assert_eq!(positions(&*store, all()).await, [1, 2]);
}

/// An append without events is accepted, and remembered like others.
pub async fn g8_an_append_without_events_is_remembered<F: StoreFixture>(fixture: &F) {
    let store = open(fixture).await;
    let empty = request([]).with_key(key("nothing", b""));
    let receipt = receipt(&*store, empty.clone()).await;
    assert_eq!(receipt.appended, None);
    let again = append(&*store, empty.clone()).await;
    assert_eq!(again, Ok(Answer::Repeated(receipt.clone())));
    let known = read(&*store, ReadRequest::new([]).with_key("nothing")).await;
    assert_eq!(
        (known.head, known.known),
        (Position::START, Some(receipt.clone()))
    );
    let settled = settle(&*store, empty.append_id()).await;
    assert_eq!(settled, Settled::Committed(receipt));
}

/// An append that was not there when it was settled is refused for ever.
pub async fn g8_a_settled_append_never_happens<F: StoreFixture>(fixture: &F) {
    let [store, other] = open_twice(fixture).await;
    let id = AppendId::new();
    assert_eq!(settle(&*store, id).await, Settled::Void);
    assert_eq!(settle(&*other, id).await, Settled::Void);
    let late = || request([event("A", &[])]).with_id(id);
    assert_eq!(refused(&*other, late()).await, Refusal::Void(id));
    let mut group = Group::new();
    group.push(late());
    group.push(request([event("B", &[])]));
    let answers = append_group(&*store, group).await;
    assert_eq!(answers[0], Err(Refusal::Void(id)));
    assert_eq!(events(&*store, all()).await[0].event_type, event_type("B"));
}

/// An append and its settlement at the same time agree: it is there, or it never will be.
pub async fn g8_an_append_and_its_settlement_agree<F: StoreFixture>(fixture: &F) {
    let [store, other] = open_twice(fixture).await;
    let mut written = 0;
    for _ in 0..20 {
        let late = request([event("A", &[])]);
        let id = late.append_id();
        let (settling, appending) = (other.clone(), store.clone());
        let settled = tokio::spawn(async move { settle(&*settling, id).await });
        let answer = tokio::spawn(async move { append(&*appending, late).await });
        let (settled, answer) = (joined(settled).await, joined(answer).await);
        match &answer {
            Ok(Answer::Accepted(receipt)) => {
                assert_eq!(settled, Settled::Committed(receipt.clone()));
                written += 1;
            }
            _ => assert_eq!((settled, answer), (Settled::Void, Err(Refusal::Void(id)))),
        }
        assert_eq!(head(&*store).await, written);
    }
}

/// What several clients append at the same time under one append id, key or event id is written once.
pub async fn g8_simultaneous_repetitions_are_written_once<F: StoreFixture>(fixture: &F) {
    let handles = open_twice(fixture).await;
    for round in 0..8 {
        let once = request([event("A", &[])]);
        let by_id = [(); 4].map(|()| once.clone());
        assert_eq!(written_once(&handles, by_id).await, 3, "by append id");
        let name = format!("k{round}");
        let by_key = [(); 4].map(|()| request([event("B", &[])]).with_key(key(&name, b"")));
        assert_eq!(written_once(&handles, by_key).await, 3, "by key");
        let twice = event("C", &[]);
        let by_event = [(); 4].map(|()| request([twice.clone()]));
        assert_eq!(written_once(&handles, by_event).await, 0, "by event id");
    }
    assert_eq!(head(&*handles[0]).await, 24);
}

/// Expects that one of the requests is accepted, and answers how many got its receipt; the others were refused.
async fn written_once<S: EventStore>(handles: &[Arc<S>; 2], requests: [AppendRequest; 4]) -> usize {
    let answers = requests.into_iter().enumerate().map(|(n, request)| {
        let store = handles[n % 2].clone();
        async move { append(&*store, request).await }
    });
    let answers = together(answers).await;
    let first: Vec<&Receipt> = answers
        .iter()
        .filter_map(|answer| match answer {
            Ok(Answer::Accepted(receipt)) => Some(receipt),
            _ => None,
        })
        .collect();
    let [first] = first[..] else {
        panic!("one of them is to be accepted: {answers:#?}")
    };
    let repeated = Ok(Answer::Repeated(first.clone()));
    answers.iter().filter(|answer| **answer == repeated).count()
}
