//! G3 and G8 inside a group: what the requests of one commit mean to each other.

use super::fixture::StoreFixture;
use super::words::*;
use crate::store::{Answer, AppendRequest, Group, Refusal};

/// A request is judged by the accepted events of those in front of it in its group, but for those it was decided on; and
/// is refused with them.
pub async fn g3_the_edges_of_a_group_decide<F: StoreFixture>(fixture: &F) {
    let store = open(fixture).await;
    let seat = |after| guard(&["Taken"], &["seat:1"], after);
    let mut group = Group::new();
    let winner =
        group.push(request([event("Other", &[]), event("Taken", &["seat:1"])]).guarded([seat(0)]));
    let loser = group
        .push(request([event("Taken", &["seat:1"])]).guarded([guard(&["X"], &[], 0), seat(0)]));
    let after_loser = group
        .push(request([event("C", &[])]).guarded([seat(0), guard(&["Taken"], &["seat:2"], 0)]));
    let decided =
        group.push_decided_on(request([event("D", &[])]).guarded([seat(0)]), vec![winner]);
    let failed = group.push_decided_on(request([event("E", &[])]), vec![winner, loser]);
    let check = group.push(AppendRequest::check(vec![seat(0)]));
    let on_check = group.push_decided_on(request([event("F", &[])]), vec![check]);
    let beyond = group.push(request([event("G", &[])]).guarded([seat(50)]));
    let unknown = group.push_decided_on(request([event("H", &[])]), vec![99]);

    let answers = append_group(&*store, group).await;
    assert!(answers[winner].is_ok(), "{answers:#?}");
    assert_eq!(broken(&answers[loser]), [(1, 2)]);
    assert_eq!(broken(&answers[after_loser]), [(0, 2)]);
    assert!(answers[decided].is_ok(), "{answers:#?}");
    assert_eq!(answers[failed], Err(Refusal::DependencyFailed));
    assert_eq!(broken(&answers[check]), [(0, 2)]);
    assert_eq!(answers[on_check], Err(Refusal::DependencyFailed));
    assert!(answers[beyond].is_ok(), "{answers:#?}");
    assert_eq!(answers[unknown], Err(Refusal::DependencyFailed));
    let stored = events(&*store, all()).await;
    let types: Vec<_> = stored.iter().map(|e| e.event_type.to_string()).collect();
    assert_eq!(types, ["Other", "Taken", "D", "G"]);
}

/// A refused request's events are no conflict to those behind it.
pub async fn g3_a_refused_member_is_no_conflict<F: StoreFixture>(fixture: &F) {
    let store = open(fixture).await;
    accepted(&*store, request([event("Old", &[])])).await;
    let mut group = Group::new();
    group.push(request([event("Taken", &[])]).guarded([guard(&["Old"], &[], 0)]));
    group.push(request([event("Taken", &[])]).guarded([guard(&["Taken"], &[], 0)]));
    let answers = append_group(&*store, group).await;
    assert_eq!(broken(&answers[0]), [(0, 1)]);
    assert!(answers[1].is_ok(), "{answers:?}");
    assert_eq!(head(&*store).await, 2);
}

/// What one group repeats counts as repeated: append ids, keys, event ids. A request that its key answers has written
/// nothing, so that one that was decided on it is refused.
pub async fn g8_repetitions_inside_a_group_count_too<F: StoreFixture>(fixture: &F) {
    let store = open(fixture).await;
    let by_id = request([event("A", &[])]);
    let by_key = |name| request([event(name, &[])]).with_key(key("k", b""));
    let twice = event("T", &[]);
    let mut group = Group::new();
    group.push(by_id.clone());
    group.push(by_id);
    group.push(by_key("B"));
    group.push(by_key("C"));
    group.push(request([event("D", &[])]).with_key(key("k", b"x")));
    group.push(request([twice.clone()]));
    group.push(request([event("E", &[]), twice.clone()]));
    let own = event("F", &[]);
    group.push(request([own.clone(), own.clone()]));
    group.push_decided_on(request([event("G", &[])]), vec![3]);

    let answers = append_group(&*store, group).await;
    for (first, again) in [(0, 1), (2, 3)] {
        let Ok(Answer::Accepted(receipt)) = &answers[first] else {
            panic!("{answers:#?}");
        };
        assert_eq!(answers[again], Ok(Answer::Repeated(receipt.clone())));
    }
    assert_eq!(answers[4], Err(Refusal::KeyReused { key: "k".into() }));
    assert!(answers[5].is_ok(), "{answers:#?}");
    assert_eq!(answers[6], Err(Refusal::DuplicateEventId(twice.id)));
    assert_eq!(answers[7], Err(Refusal::DuplicateEventId(own.id)));
    assert_eq!(answers[8], Err(Refusal::DependencyFailed));
    assert_eq!(positions(&*store, all()).await, [1, 2, 3]);
}
