//! Faults that were found in event stores that people use, each one a race or a shortcut.

use std::sync::Arc;

use tokio::sync::Barrier;

use super::bytes::ODD;
use super::counting::{count, each_knew_those_in_front};
use super::fixture::StoreFixture;
use super::turns::Turns;
use super::words::*;
use crate::position::Position;
use crate::query::Query;
use crate::store::{
    Answer, AppendRequest, EventStore, ExpectedRevision, Guard, ReadPart, ReadRequest, Refusal,
};

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

/// Tags that well known hashes hold for equal: CRC-32, 31 to the power of each place, FNV-1a and PostgreSQL's
/// `hashtext`, each of 32 bits; and tags that are equal when they are cut or joined.
const COLLIDING: [[&str; 2]; 7] = [
    ["seat:plumless", "seat:buckeroo"],
    ["seat:Aa", "seat:BB"],
    ["seat:cb445e", "seat:aba1e5"],
    ["seat:20215", "seat:39807"],
    ["seat:5897", "seat:22670"],
    ["a:b", "a:b:"],
    ["a:bc", "ab:c"],
];

/// Fault 12, hashes of tags without a second look: tags that collide are held for equal.
pub async fn fault_12_tags_that_collide_are_told_apart<F: StoreFixture>(fixture: &F) {
    let store = open(fixture).await;
    let long = "v".repeat(1_000);
    let [one, two] = ["1", "2"].map(|end| format!("seat:{long}{end}"));
    let pairs = COLLIDING.into_iter().chain([[&*one, &*two]]);
    for [one, two] in pairs {
        let own = accepted(&*store, request([event("A", &[one])])).await.first;
        let other = request([event("A", &[two])]).guarded([guard(&["A"], &[two], 0)]);
        let other = accepted(&*store, other).await.first;
        for (tag, place) in [(one, own), (two, other)] {
            let part = ReadPart::query(query(&[], &[tag])).after(Position::new(own.get() - 1));
            assert_eq!(positions(&*store, part).await, [place.get()], "{tag}");
        }
        let both = ReadPart::query(query(&[], &[one, two]));
        assert_eq!(
            positions(&*store, both).await,
            [0; 0],
            "no event has {one} and {two}"
        );
    }
    // So many that a hash of 8 or 16 bits has collisions among them.
    let many = (0..1_000).map(|n| event("B", &[&format!("n:{n}")]));
    let first = accepted(&*store, request(many)).await.first.get();
    for n in (0..1_000).step_by(7) {
        let part = ReadPart::query(query(&["B"], &[&format!("n:{n}")]));
        assert_eq!(positions(&*store, part).await, [first + n]);
    }
}

/// Fault 13, one value for each tag key: the second one is lost.
pub async fn fault_13_two_values_of_one_tag_key_are_two_tags<F: StoreFixture>(fixture: &F) {
    let store = open(fixture).await;
    let both = event("Moved", &["room:a", "room:b"]);
    accepted(&*store, request([both, event("Moved", &["room:b"])])).await;
    for (tags, wanted) in [
        (vec!["room:a"], vec![1]),
        (vec!["room:b"], vec![1, 2]),
        (vec!["room:a", "room:b"], vec![1]),
    ] {
        let part = ReadPart::query(query(&[], &tags));
        assert_eq!(positions(&*store, part).await, wanted, "{tags:?}");
        let check = AppendRequest::check(vec![guard(&[], &tags, 0)]);
        assert_eq!(broken(&append(&*store, check).await), [(0, 1)]);
    }
}

/// Fault 14, values put into statements as text: some values are more than values.
pub async fn fault_14_values_are_never_statements<F: StoreFixture>(fixture: &F) {
    let store = open(fixture).await;
    accepted(&*store, request([event("A", &["k:1"])])).await;
    let texts = [
        "'; DROP TABLE events; --",
        "' OR '1'='1",
        "\") OR 1=1 --",
        "\\' OR 1=1 --",
        "$$; SELECT 1; $$",
        "$1",
        "?1 :name @p",
        "%(x)s {0} {}",
        "{\"a\",\"b\"}",
        "a,b",
        "\\x00",
        ODD,
    ];
    for (place, text) in (2..).zip(texts) {
        let own = format!("k:{text}");
        let mut evil = event(text, &[&own, &format!("{}:v", text.replace(':', "."))]);
        evil.metadata = crate::Metadata::new().with(text, text);
        let first = request([evil.clone()])
            .to_stream(stream(text), ExpectedRevision::NoStream)
            .with_key(key(text, text.as_bytes()))
            .guarded([guard(&[text], &[&own], 0)]);
        let at = accepted(&*store, first).await;
        assert_eq!((at.first.get(), at.last.get()), (place, place), "{text:?}");
        let parts = [
            ReadPart::query(query(&[text], &[])),
            ReadPart::query(query(&[], &[&own])),
            ReadPart::stream(stream(text), 0),
        ];
        let snapshot = read(&*store, ReadRequest::new(parts).with_key(text)).await;
        for part in snapshot.parts {
            assert_eq!(places(&part), [place], "{text:?}");
            assert_eq!(
                (&part[0].tags, &part[0].metadata),
                (&evil.tags, &evil.metadata)
            );
        }
        assert!(snapshot.known.is_some(), "the key {text:?}");
        let guards = [guard(&[text], &[], 0), guard(&[], &[&own], 0)];
        let check = append(&*store, AppendRequest::check(guards.to_vec())).await;
        assert_eq!(broken(&check), [(0, place), (1, place)], "{text:?}");
    }
    let whole: Vec<u64> = (1..=1 + texts.len() as u64).collect();
    assert_eq!(positions(&*store, all()).await, whole);
}
