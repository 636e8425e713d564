//! G9: the revisions of streams.

use super::fixture::StoreFixture;
use super::words::*;
use crate::event::StoredEvent;
use crate::position::Position;
use crate::store::{Answer, AppendRequest, EventStore, ExpectedRevision, Group, ReadPart, Refusal};

/// Two events for a stream.
fn two(name: &str, expected: ExpectedRevision) -> AppendRequest {
    request([event("A", &[]), event("B", &[])]).to_stream(stream(name), expected)
}

/// Revisions count a stream's events from 0; an append that expects another revision is refused.
pub async fn g9_revisions_count_a_streams_events<F: StoreFixture>(fixture: &F) {
    let store = open(fixture).await;
    let to = |expected| two("account-1", expected);
    let first = accepted(&*store, to(ExpectedRevision::NoStream)).await;
    assert_eq!(first.first_revision, Some(0));
    accepted(&*store, two("Account-1", ExpectedRevision::NoStream)).await;
    for expected in [
        ExpectedRevision::NoStream,
        ExpectedRevision::At(0),
        ExpectedRevision::At(2),
        ExpectedRevision::At(u64::MAX),
    ] {
        let refusal = refused(&*store, to(expected)).await;
        let wrong = Refusal::WrongRevision {
            stream: stream("account-1"),
            expected,
            next: 2,
        };
        assert_eq!(refusal, wrong);
    }
    let absent = refused(&*store, two("absent", ExpectedRevision::At(0))).await;
    assert!(
        matches!(absent, Refusal::WrongRevision { next: 0, .. }),
        "{absent:?}"
    );

    let mut group = Group::new();
    group.push(to(ExpectedRevision::At(1)));
    group.push(to(ExpectedRevision::At(3)));
    group.push(to(ExpectedRevision::At(3)));
    group.push(to(ExpectedRevision::Any));
    let answers = append_group(&*store, group).await;
    let accepted: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(accepted, [true, true, false, true], "{answers:#?}");
    let part = ReadPart::stream(stream("account-1"), 0);
    assert_eq!(
        revisions(&*store, part, "account-1").await,
        (0..8).collect::<Vec<_>>()
    );
}

/// An append without events is judged by the revision, too. It leaves the stream as it is.
pub async fn g9_an_append_without_events_expects_a_revision_too<F: StoreFixture>(fixture: &F) {
    let store = open(fixture).await;
    let nothing = |expected| request([]).to_stream(stream("s"), expected);
    let new = receipt(&*store, nothing(ExpectedRevision::NoStream)).await;
    assert_eq!(new.appended, None);
    accepted(&*store, two("s", ExpectedRevision::NoStream)).await;
    for expected in [
        ExpectedRevision::NoStream,
        ExpectedRevision::At(0),
        ExpectedRevision::At(2),
    ] {
        let wrong = Refusal::WrongRevision {
            stream: stream("s"),
            expected,
            next: 2,
        };
        assert_eq!(refused(&*store, nothing(expected)).await, wrong);
    }
    let last = receipt(&*store, nothing(ExpectedRevision::At(1))).await;
    assert_eq!(last.appended, None);

    let mut group = Group::new();
    group.push(two("s", ExpectedRevision::At(1)));
    group.push(nothing(ExpectedRevision::At(1)));
    group.push(nothing(ExpectedRevision::At(3)));
    let answers = append_group(&*store, group).await;
    let accepted: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(accepted, [true, false, true], "{answers:#?}");
}

/// A stream is read from any revision, in both directions, between any positions.
pub async fn g6_a_stream_is_read_from_any_place<F: StoreFixture>(fixture: &F) {
    let store = open(fixture).await;
    for name in ["s", "s", "t", "s", "t", "t", "s"] {
        let one = request([event("A", &["k:1"])]).to_stream(stream(name), ExpectedRevision::Any);
        accepted(&*store, one).await;
    }
    accepted(&*store, request([event("A", &["k:1"])])).await;
    let in_s = [1, 2, 4, 7];
    for from in 0..=5 {
        let rest: Vec<u64> = in_s.into_iter().skip(from).collect();
        let part = ReadPart::stream(stream("s"), from as u64);
        assert_eq!(positions(&*store, part).await, rest, "from revision {from}");
    }
    for to in 0..=8 {
        let wanted: Vec<u64> = in_s
            .into_iter()
            .rev()
            .filter(|place| *place <= to)
            .collect();
        let part = ReadPart::stream(stream("s"), 0)
            .backward()
            .to(Position::new(to));
        assert_eq!(
            positions(&*store, part.clone()).await,
            wanted,
            "to position {to}"
        );
        let last = positions(&*store, part.limit(1)).await;
        assert_eq!(last.first(), wanted.first());
    }
    let part = ReadPart::stream(stream("s"), 1).after(Position::new(2));
    assert_eq!(positions(&*store, part.limit(1)).await, [4]);
    let unknown = ReadPart::stream(stream("S"), 0);
    assert_eq!(positions(&*store, unknown).await, [0; 0]);
}

/// Clients that append to one stream at the same time share its revisions; of those who expect the same one, one wins.
pub async fn g9_concurrent_appends_leave_no_revision_out<F: StoreFixture>(fixture: &F) {
    let handles = open_twice(fixture).await;
    let clients = (0..6).map(|n| {
        let store = handles[n % 2].clone();
        async move {
            let mut won = 0;
            for round in 0..8 {
                accepted(&*store, two("shared", ExpectedRevision::Any)).await;
                let only = two(&format!("only-{round}"), ExpectedRevision::NoStream);
                match append(&*store, only).await {
                    Ok(Answer::Accepted(_)) => won += 1,
                    Err(Refusal::WrongRevision { next: 2, .. }) => {}
                    other => panic!("the stream is new or has two events, not {other:?}"),
                }
            }
            won
        }
    });
    assert_eq!(together(clients).await.into_iter().sum::<usize>(), 8);
    let part = ReadPart::stream(stream("shared"), 0);
    let counted = revisions(&*handles[0], part, "shared").await;
    assert_eq!(counted, (0..96).collect::<Vec<_>>());
}

async fn revisions(store: &impl EventStore, part: ReadPart, name: &str) -> Vec<u64> {
    let events = events(store, part).await;
    let revision = |event: StoredEvent| match event.stream {
        Some(place) if place.name.as_str() == name => place.revision,
        other => panic!("it is in stream {name}, not in {other:?}"),
    };
    events.into_iter().map(revision).collect()
}
