//! G3 for many clients at the same time: their appends, replayed one after the other.

use std::collections::HashMap;
use std::sync::Arc;

use super::fixture::StoreFixture;
use super::words::*;
use crate::event::{NewEvent, StoredEvent};
use crate::id::AppendId;
use crate::memory::MemoryStore;
use crate::position::Position;
use crate::query::Query;
use crate::store::{Answer, AppendRequest, EventStore, ExpectedRevision, Group, Guard, Refusal};

/// A request, and how it was answered.
type Attempt = (AppendRequest, Result<Answer, Refusal>);

/// Random appends of many clients under random conditions, in groups, through two handles. Afterwards the log is
/// replayed: what was accepted would be accepted again in its place, what was refused names events that are there.
pub async fn g3_concurrent_appends_keep_their_guards<F: StoreFixture>(fixture: &F) {
    let handles = open_twice(fixture).await;
    let clients = (0..8).map(|n| client(handles[n % 2].clone()));
    let attempts: Vec<Attempt> = together(clients).await.concat();
    let all = events(&*handles[0], all()).await;
    let tried = attempts.len();
    let accepted = check(&all, attempts);
    assert!(
        (1..tried).contains(&accepted.len()),
        "some are accepted and some are refused, not {} of {tried}",
        accepted.len()
    );
    replay(accepted);
}

async fn client<S: EventStore>(store: Arc<S>) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    for _ in 0..12 {
        let head = head(&*store).await;
        let mut group = Group::new();
        let requests: Vec<AppendRequest> = (0..fastrand::u8(1..4))
            .map(|_| random_request(head))
            .collect();
        for request in &requests {
            group.push(request.clone());
        }
        let answers = append_group(&*store, group).await;
        attempts.extend(requests.into_iter().zip(answers));
    }
    attempts
}

/// An append under conditions at the head, or somewhat behind it; sometimes to a stream.
fn random_request(head: u64) -> AppendRequest {
    let guard = |_| {
        let after = head.saturating_sub(fastrand::u64(..3));
        Guard::new(random_query(), Position::new(after))
    };
    let events = (0..fastrand::u8(1..4)).map(|_| random_event());
    let guarded = request(events).guarded((0..fastrand::u8(..3)).map(guard));
    match fastrand::u8(..6) {
        0 => guarded.to_stream(stream("s"), ExpectedRevision::Any),
        1 => guarded.to_stream(stream("s"), ExpectedRevision::At(fastrand::u64(..9))),
        _ => guarded,
    }
}

fn random_event() -> NewEvent {
    let (x, y) = (fastrand::u8(..4), fastrand::u8(..3));
    let name = ["A", "B"][fastrand::usize(..2)];
    event(name, &[&format!("x:{x}"), &format!("y:{y}")])
}

/// Conditions of all shapes: all, types, tags, both, several items.
fn random_query() -> Query {
    let x = &*format!("x:{}", fastrand::u8(..4));
    let y = &*format!("y:{}", fastrand::u8(..3));
    match fastrand::u8(..8) {
        0 => Query::all(),
        1 => query(&["A"], &[]),
        2 => Query::new([item(&["B"], &[x]), item(&[], &[y])]),
        3 => query(&[], &[x, y]),
        4 => query(&["A", "B"], &[y]),
        _ => query(&["A"], &[x]),
    }
}

/// Compares the answers with the log, and gives the accepted requests in the log's order.
fn check(all: &[StoredEvent], attempts: Vec<Attempt>) -> Vec<(AppendRequest, Answer)> {
    assert_eq!(places(all), (1..=all.len() as u64).collect::<Vec<_>>());
    let mut stored: HashMap<AppendId, Vec<StoredEvent>> = HashMap::new();
    for event in all {
        let append = stored.entry(event.append_id).or_default();
        append.push(event.clone());
    }
    let mut accepted = Vec::new();
    for (request, answer) in attempts {
        let events = stored.remove(&request.append_id());
        match answer {
            Ok(Answer::Accepted(receipt)) => {
                let there = events.unwrap_or_else(|| panic!("{receipt:?} is not there"));
                let ends = receipt.appended.map(|at| (at.first, at.last));
                let last = there[there.len() - 1].position;
                assert_eq!(ends, Some((there[0].position, last)), "{receipt:?}");
                accepted.push((there[0].position, (request, Answer::Accepted(receipt))));
            }
            Ok(other) => panic!("nothing is repeated: {other:?}"),
            Err(refusal) => {
                assert_eq!(events, None, "it was refused: {refusal}");
                is_true(&refusal, &request, all);
            }
        }
    }
    assert!(stored.is_empty(), "nobody appended {stored:#?}");
    accepted.sort_by_key(|(first, _)| *first);
    accepted.into_iter().map(|(_, append)| append).collect()
}

/// Whether the events that a conflict names are there, and match the guards that it names.
fn is_true(refusal: &Refusal, request: &AppendRequest, all: &[StoredEvent]) {
    match refusal {
        Refusal::Conflict(broken) => {
            for broken in broken {
                let guard = &request.guards()[broken.guard];
                let event = all.iter().find(|event| event.position == broken.position);
                let event = event.unwrap_or_else(|| panic!("{broken:?} is not there"));
                assert!(event.position > guard.after, "{broken:?} of {guard:?}");
                let matches = guard.query.matches(&event.event_type, &event.tags);
                assert!(matches, "{guard:?} does not mean {event:#?}");
            }
        }
        Refusal::WrongRevision { .. } => {}
        other => panic!("there are conflicts, and nothing else: {other:?}"),
    }
}

/// What was accepted is accepted again, with the same answer.
fn replay(accepted: Vec<(AppendRequest, Answer)>) {
    let memory = MemoryStore::new();
    for (request, answer) in accepted {
        let again = memory.append_now(&Group::single(request.clone())).remove(0);
        assert_eq!(
            again,
            Ok(answer),
            "it was accepted although it must not be: {request:#?}"
        );
    }
}
