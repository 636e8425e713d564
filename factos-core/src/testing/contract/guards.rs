//! G3 for one request after the other: which guards hold.

use super::fixture::StoreFixture;
use super::words::*;
use crate::limits::MAX_ITEM_TAGS;
use crate::position::Position;
use crate::query::Query;
use crate::store::{Answer, AppendRequest, ExpectedRevision, Group, Guard, ReadPart, Refusal};

/// A conflict lists the guards that do not hold, each with the first event behind its own position that matches it.
pub async fn g3_a_guard_names_the_first_later_match<F: StoreFixture>(fixture: &F) {
    let store = open(fixture).await;
    for n in 1..=8_u32 {
        let name = if n % 2 == 0 { "Even" } else { "Odd" };
        let event = event(name, &["all:1", &format!("n:{n}")]);
        accepted(&*store, request([event])).await;
    }
    let guards = [
        guard(&["Even"], &[], 3),
        guard(&["Even"], &[], 8),
        guard(&[], &["all:1", "n:7"], 0),
        guard(&["Even"], &["all:1", "n:7"], 0),
        guard(&["Even", "Odd", "No"], &["all:1"], 2),
        Guard::new(Query::all(), Position::new(5)),
        Guard::new(Query::all(), Position::new(8)),
        Guard::new(Query::all(), Position::new(u64::MAX)),
        guard(&[], &["all:1"], 100),
        Guard::new(
            Query::new([
                item(&["Even"], &["n:8"]),
                item(&["Odd"], &["n:5"]),
                item(&["No"], &[]),
            ]),
            Position::START,
        ),
        guard(&["No"], &["no:1"], 0),
    ];
    let wanted = [(0, 4), (2, 7), (4, 3), (5, 6), (9, 5)];
    let appending = request([event("A", &[])]).guarded(guards.clone());
    assert_eq!(broken(&append(&*store, appending).await), wanted);
    let checking = AppendRequest::check(guards.to_vec());
    assert_eq!(broken(&append(&*store, checking).await), wanted);
    assert_eq!(head(&*store).await, 8);

    let hold = [guard(&["Even"], &[], 8), guard(&[], &["n:9"], 0)];
    let checking = AppendRequest::check(hold.to_vec());
    assert_eq!(append(&*store, checking).await, Ok(Answer::Confirmed));
    assert_eq!(head(&*store).await, 8, "a check writes nothing");
    let at = accepted(&*store, request([event("A", &[])]).guarded(hold)).await;
    assert_eq!(at.first.get(), 9);
}

/// Items are alternatives; in an item one type is enough and all tags are needed; none means any. A guard and a read
/// mean the same events.
pub async fn rule_a_query_means_the_same_to_guards_and_reads<F: StoreFixture>(fixture: &F) {
    let store = open(fixture).await;
    let stored = [
        event("A", &[]),
        event("A", &["x:1"]),
        event("B", &["x:1", "y:1"]),
        event("A", &["x:1", "y:1"]),
        event("B", &["y:1"]),
    ];
    accepted(&*store, request(stored)).await;
    let both = || [item(&["B"], &["y:1"]), item(&[], &["x:1"])];
    let table: [(Query, &[u64]); 11] = [
        (Query::all(), &[1, 2, 3, 4, 5]),
        (Query::new([]), &[1, 2, 3, 4, 5]),
        (
            Query::new([item(&["B"], &[]), item(&[], &[])]),
            &[1, 2, 3, 4, 5],
        ),
        (query(&["A"], &[]), &[1, 2, 4]),
        (query(&["B", "A"], &["x:1"]), &[2, 3, 4]),
        (query(&[], &["x:1"]), &[2, 3, 4]),
        (query(&[], &["y:1", "x:1"]), &[3, 4]),
        (query(&["B"], &["x:1", "y:1"]), &[3]),
        (Query::new(both()), &[2, 3, 4, 5]),
        (query(&["C"], &["x:1"]), &[]),
        (query(&["A"], &["x:1", "x:2"]), &[]),
    ];
    for (query, meant) in table {
        let part = ReadPart::query(query.clone());
        assert_eq!(positions(&*store, part).await, meant, "{query:?}");
        for after in 0..=5 {
            let guard = Guard::new(query.clone(), Position::new(after));
            let answer = append(&*store, AppendRequest::check(vec![guard])).await;
            let first = meant.iter().find(|position| **position > after);
            match first {
                None => assert_eq!(answer, Ok(Answer::Confirmed), "{query:?} behind {after}"),
                Some(first) => assert_eq!(broken(&answer), [(0, *first)], "{query:?}"),
            }
        }
    }
}

/// Each guard has its own position: an event behind the one of one guard is no conflict for another one.
pub async fn rule_each_guard_has_its_own_position<F: StoreFixture>(fixture: &F) {
    let store = open(fixture).await;
    for tags in [["x:1"], ["y:1"], ["x:1"]] {
        accepted(&*store, request([event("A", &tags)])).await;
    }
    let with = |x, y| {
        request([event("B", &[])]).guarded([guard(&[], &["x:1"], x), guard(&[], &["y:1"], y)])
    };
    assert_eq!(broken(&append(&*store, with(2, 2)).await), [(0, 3)]);
    assert_eq!(broken(&append(&*store, with(3, 1)).await), [(1, 2)]);
    assert_eq!(broken(&append(&*store, with(0, 0)).await), [(0, 1), (1, 2)]);
    accepted(&*store, with(3, 2)).await;
}

/// A position that the log has not reached yet is no conflict: a restored backup may be shorter than what was read.
pub async fn rule_a_position_beyond_the_head_holds<F: StoreFixture>(fixture: &F) {
    let store = open(fixture).await;
    let beyond = |after| request([event("A", &["k:1"])]).guarded([guard(&["A"], &["k:1"], after)]);
    accepted(&*store, beyond(9)).await;
    accepted(&*store, beyond(2)).await;
    accepted(&*store, beyond(u64::MAX)).await;
    assert_eq!(broken(&append(&*store, beyond(2)).await), [(0, 3)]);
}

/// An append is not judged by its own events, and they need not match its guards.
pub async fn rule_an_append_is_not_judged_by_its_own_events<F: StoreFixture>(fixture: &F) {
    let store = open(fixture).await;
    let take = || {
        let events = [
            event("Taken", &["seat:1"]),
            event("Paid", &[]),
            event("Taken", &["seat:1"]),
        ];
        request(events).guarded([guard(&["Taken"], &["seat:1"], 0)])
    };
    accepted(&*store, take()).await;
    assert_eq!(broken(&append(&*store, take()).await), [(0, 1)]);
    accepted(
        &*store,
        request([event("Other", &[])]).guarded([guard(&["No"], &[], 0)]),
    )
    .await;
}

/// Conditions as wide as they can be are judged, or refused as unsupported; never passed over.
pub async fn g14_what_cannot_be_enforced_is_refused<F: StoreFixture>(fixture: &F) {
    let store = open(fixture).await;
    let tags: Vec<String> = (0..MAX_ITEM_TAGS).map(|n| format!("n:{n}")).collect();
    let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
    let types: Vec<String> = (0..200).map(|n| format!("T{n}")).collect();
    let types: Vec<&str> = types.iter().map(String::as_str).collect();
    for name in ["T150", "Other", "T3"] {
        accepted(&*store, request([event(name, &tags)])).await;
    }
    let wide = || query(&types, &tags);
    assert_eq!(positions(&*store, ReadPart::query(wide())).await, [1, 3]);
    let last = ReadPart::query(wide()).backward().limit(1);
    assert_eq!(positions(&*store, last).await, [3]);

    let one_wide = [0, 1, 3].map(|after| Guard::new(wide(), Position::new(after)));
    let many_items = Query::new((0..300).rev().map(|n| item(&["T3"], &[&format!("n:{n}")])));
    let many_guards = (0..400).map(|n| guard(&["T3"], &[&format!("n:{n}")], 0));
    let cases = [
        (one_wide.to_vec(), vec![(0, 1), (1, 3)]),
        (vec![Guard::new(many_items, Position::START)], vec![(0, 3)]),
        (
            many_guards.collect(),
            (0..MAX_ITEM_TAGS).map(|n| (n, 3)).collect(),
        ),
    ];
    for (guards, wanted) in cases {
        let check = append(&*store, AppendRequest::check(guards.clone())).await;
        let appended = append(&*store, request([event("A", &[])]).guarded(guards)).await;
        for answer in [check, appended] {
            if !matches!(answer, Err(Refusal::UnsupportedCondition(_))) {
                assert_eq!(broken(&answer), wanted);
            }
        }
    }
    assert_eq!(head(&*store).await, 3);
}

/// A request that is wrong in several ways gets the first answer of: append id, key, dependencies, event ids, stream,
/// guards. Otherwise a repeated append would conflict with itself.
pub async fn g14_a_request_is_judged_in_the_order_of_the_trait<F: StoreFixture>(fixture: &F) {
    let store = open(fixture).await;
    let taken = event("A", &[]);
    let first = request([taken.clone()])
        .to_stream(stream("s"), ExpectedRevision::NoStream)
        .with_key(key("k", b""))
        .guarded([guard(&["A"], &[], 0)]);
    let receipt = receipt(&*store, first.clone()).await;
    // Everything about it is wrong by now but its id.
    let again = append(&*store, first.clone().with_key(key("k", b"other"))).await;
    assert_eq!(again, Ok(Answer::Repeated(receipt)));

    let wrong = |wanted: usize| {
        let events = if wanted > 1 {
            vec![event("B", &[])]
        } else {
            vec![taken.clone()]
        };
        let expected = if wanted > 2 {
            ExpectedRevision::Any
        } else {
            ExpectedRevision::NoStream
        };
        let request = request(events)
            .to_stream(stream("s"), expected)
            .guarded([guard(&["A"], &[], 0)]);
        if wanted > 0 {
            request
        } else {
            request.with_key(key("k", b"other"))
        }
    };
    let reused = Refusal::KeyReused { key: "k".into() };
    assert_eq!(refused(&*store, wrong(0)).await, reused);
    assert_eq!(
        refused(&*store, wrong(1)).await,
        Refusal::DuplicateEventId(taken.id)
    );
    let revision = Refusal::WrongRevision {
        stream: stream("s"),
        expected: ExpectedRevision::NoStream,
        next: 1,
    };
    assert_eq!(refused(&*store, wrong(2)).await, revision);
    assert_eq!(broken(&append(&*store, wrong(3)).await), [(0, 1)]);

    let mut group = Group::new();
    let loser = group.push(wrong(3));
    group.push_decided_on(wrong(0), vec![loser]);
    group.push_decided_on(wrong(1), vec![loser]);
    let answers = append_group(&*store, group).await;
    assert_eq!(answers[1..], [Err(reused), Err(Refusal::DependencyFailed)]);
}
