//! Known faults of stores whose clients race each other.

use std::sync::Arc;

use tokio::sync::Barrier;

use super::counting::{count, each_knew_those_in_front};
use super::fixture::StoreFixture;
use super::turns::Turns;
use super::words::*;
use crate::position::Position;
use crate::query::Query;
use crate::store::{Answer, AppendRequest, EventStore, Guard, ReadPart, ReadRequest, Refusal};

/// Appends all requests at the same time, by turns through both handles, and answers which were accepted.
async fn race<S: EventStore>(
    handles: &[Arc<S>; 2],
    requests: impl IntoIterator<Item = AppendRequest>,
) -> Vec<bool> {
    let calls = requests.into_iter().enumerate().map(|(n, request)| {
        let store = handles[n % 2].clone();
        tokio::spawn(async move { append(&*store, request).await })
    });
    let mut accepted = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        accepted.push(match joined(call).await {
            Ok(Answer::Accepted(_)) => true,
            Err(Refusal::Conflict(_)) => false,
            other => panic!("it is stored or in conflict, not {other:?}"),
        });
    }
    accepted
}

fn winners(accepted: &[bool]) -> usize {
    accepted.iter().filter(|accepted| **accepted).count()
}

/// Fault 1, check and insert in one statement: of two clients that want the same seat, both get it.
pub async fn fault_1_two_clients_never_both_win<F: StoreFixture>(fixture: &F) {
    let handles = open_twice(fixture).await;
    for seat in 0..30 {
        let seat = format!("seat:{seat}");
        let take = || request([event("Taken", &[&seat])]).guarded([guard(&["Taken"], &[&seat], 0)]);
        let accepted = race(&handles, [take(), take()]).await;
        assert_eq!(winners(&accepted), 1, "{seat}: {accepted:?}");
    }
    assert_eq!(
        positions(&*handles[1], all()).await,
        (1..=30).collect::<Vec<_>>()
    );
}

/// Fault 2, a snapshot that is older than the lock: whoever waited for the lock does not see what was committed
/// meanwhile, and decides on a count that is wrong.
pub async fn fault_2_who_waits_for_the_lock_sees_what_was_committed_meanwhile<F: StoreFixture>(
    fixture: &F,
) {
    let handles = open_twice(fixture).await;
    let start = Arc::new(Barrier::new(8));
    let clients = (0..8).map(|n| {
        let (store, start) = (handles[n % 2].clone(), start.clone());
        async move {
            for _ in 0..6 {
                start.wait().await;
                count(&*store, 8).await;
            }
        }
    });
    together(clients).await;
    let all = events(&*handles[0], all()).await;
    assert_eq!(all.len(), 48);
    each_knew_those_in_front(&all);
}

/// Fault 3, a lock on the hash of a whole condition: clients whose conditions overlap without being equal miss each
/// other.
pub async fn fault_3_overlapping_conditions_see_each_other<F: StoreFixture>(fixture: &F) {
    let handles = open_twice(fixture).await;
    for round in 0..12 {
        let (x, y) = (format!("x:{round}"), format!("y:{round}"));
        let by_x = || guard(&[], &[&x], 0);
        let by_y = || guard(&["A"], &[&y], 0);
        let by_both = || guard(&["A", "B"], &[&y, &x], 0);
        let either = || {
            Guard::new(
                Query::new([item(&["A"], &[&x]), item(&[], &[&y])]),
                Position::START,
            )
        };
        let both = || request([event("A", &[&x, &y])]);
        let head = head(&*handles[0]).await;
        let everything = Guard::new(Query::all(), Position::new(head));
        let accepted = race(
            &handles,
            [
                both().guarded([by_x()]),
                both().guarded([by_y()]),
                both().guarded([by_both()]),
                both().guarded([either()]),
                both().guarded([everything]),
            ],
        )
        .await;
        assert_eq!(winners(&accepted), 1, "{accepted:?}");

        // Each one breaks the other's condition, not its own.
        let (left, right) = (format!("left:{round}"), format!("right:{round}"));
        let crossed = [(&left, &right), (&right, &left)]
            .map(|(own, others)| request([event("A", &[own])]).guarded([guard(&[], &[others], 0)]));
        let accepted = race(&handles, crossed).await;
        assert_eq!(winners(&accepted), 1, "{accepted:?}");
    }
}

/// Fault 4, a condition that only looks at what is older than every running transaction: a committed conflict is not
/// seen while somebody else writes.
pub async fn fault_4_committed_conflicts_count_while_others_write<F: StoreFixture>(fixture: &F) {
    let [store, other] = open_twice(fixture).await;
    let elsewhere = Arc::new(fixture.open(log_name("elsewhere")).await);
    for round in 0..12 {
        let busy = [&elsewhere, &elsewhere, &other].map(|log| {
            let log = log.clone();
            async move {
                for _ in 0..3 {
                    let events = (0..40).map(|_| event("Busy", &["busy:1"]));
                    accepted(&*log, request(events)).await;
                }
            }
        });
        let busy = tokio::spawn(together(busy));
        let seat = format!("seat:{round}");
        let take = || request([event("Taken", &[&seat])]).guarded([guard(&["Taken"], &[&seat], 0)]);
        let first = accepted(&*store, take()).await.first.get();
        for store in [&other, &store] {
            assert_eq!(broken(&append(&**store, take()).await), [(0, first)]);
        }
        joined(busy).await;
    }
}

/// Fault 5, unconditional appends outside of the order: a position that a client has read does not cover all that is
/// in front of it, and its condition holds although it should not.
pub async fn fault_5_no_event_appears_in_front_of_a_position_that_was_read<F: StoreFixture>(
    fixture: &F,
) {
    let handles = open_twice(fixture).await;
    let turns = Turns::new();
    let writers = (0..3).map(|n| {
        let (store, turns) = (handles[n % 2].clone(), turns.clone());
        async move {
            for size in [1, 40, 2, 30, 1, 20, 3, 10] {
                turns.next().await;
                accepted(&*store, request((0..size).map(|_| event("A", &["k:1"])))).await;
            }
        }
    });
    let writers = tokio::spawn(together(writers.collect::<Vec<_>>()));
    let mut seen = Vec::new();
    turns
        .look(writers, async || {
            let tagged = ReadPart::query(query(&["A"], &["k:1"]));
            let store = &handles[seen.len() % 2];
            let snapshot = read(&**store, ReadRequest::new([tagged])).await;
            seen.push((snapshot.head, snapshot.parts[0].len()));
        })
        .await;
    for (head, count) in seen {
        let part = ReadPart::query(query(&["A"], &["k:1"])).to(head);
        let now = positions(&*handles[0], part).await.len();
        assert_eq!(
            now, count,
            "events up to {head}, now and when it was the head"
        );
    }
}

/// Fault 6, positions from a sequence: a subscriber goes on behind the last event that it has read, and misses those
/// that are committed later with a smaller position.
pub async fn fault_6_a_tailing_reader_misses_nothing<F: StoreFixture>(fixture: &F) {
    let handles = open_twice(fixture).await;
    let turns = Turns::new();
    let writers = (0..4).map(|n| {
        let (store, turns) = (handles[n % 2].clone(), turns.clone());
        async move {
            for round in 0..15 {
                turns.next().await;
                let size = if n == 0 { 30 } else { 1 };
                let one = request((0..size).map(|_| event("A", &["k:1"])));
                // Some are refused, and must not take a position with them.
                let guards = (round % 3 == 2).then(|| guard(&["A"], &["k:1"], 0));
                let answer = append(&*store, one.guarded(guards)).await;
                assert_eq!(answer.is_ok(), round % 3 != 2, "{answer:?}");
            }
        }
    });
    let writers = tokio::spawn(together(writers.collect::<Vec<_>>()));
    let mut seen: [Vec<u64>; 2] = [Vec::new(), Vec::new()];
    turns
        .look(writers, async || {
            for (store, seen) in handles.iter().zip(&mut seen) {
                let cursor = seen.last().copied().unwrap_or(0);
                let part = ReadPart::query(query(&[], &["k:1"])).after(Position::new(cursor));
                seen.extend(positions(&**store, part).await);
            }
        })
        .await;
    let whole: Vec<u64> = (1..=330).collect();
    assert_eq!(seen, [whole.clone(), whole]);
}
