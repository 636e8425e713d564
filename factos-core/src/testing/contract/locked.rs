//! Decisions under the log's lock: G3, G11 and G16 for [`EventStore::locked`].

use std::sync::Arc;

use super::counting::{each_knew_those_in_front, knows};
use super::fixture::StoreFixture;
use super::words::*;
use crate::store::{
    Answer, AppendRequest, DecideLocked, EventStore, ReadPart, ReadRequest, Refusal, Snapshot,
};
use crate::testing::with_causes;

pub(super) async fn locked(
    store: &impl EventStore,
    wanted: ReadRequest,
    decide: impl FnOnce(Snapshot) -> Option<AppendRequest> + Send + 'static,
) -> Option<Result<Answer, Refusal>> {
    let decide: DecideLocked = Box::new(decide);
    let answer = store.locked(wanted, decide).await;
    answer.unwrap_or_else(|error| panic!("the store cannot lock: {}", with_causes(&error)))
}

/// A decision under the lock gets what was asked for, and what it answers is judged and stored like any append.
pub async fn rule_a_locked_decision_is_judged_like_an_append<F: StoreFixture>(fixture: &F) {
    let [store, other] = open_twice(fixture).await;
    accepted(
        &*other,
        request([event("A", &["k:1"])]).with_key(key("k", b"")),
    )
    .await;
    let wanted = || {
        let part = ReadPart::query(query(&[], &["k:1"]));
        ReadRequest::new([part]).with_key("k")
    };
    let decide = |seen: Snapshot| {
        assert_eq!((places(&seen.parts[0]), seen.head.get()), (vec![1], 1));
        assert!(seen.known.is_some());
        let unchanged = guard(&[], &["k:1"], seen.head.get());
        Some(request([event("B", &["k:1"])]).guarded([unchanged]))
    };
    let answer = locked(&*store, wanted(), decide).await;
    assert!(
        matches!(answer, Some(Ok(Answer::Accepted(_)))),
        "{answer:?}"
    );

    let nothing = locked(&*store, wanted(), |_| None).await;
    assert_eq!(nothing, None);
    let check = || AppendRequest::check(vec![guard(&["B"], &[], 0)]);
    let Some(answer) = locked(&*store, wanted(), move |_| Some(check())).await else {
        panic!("a check is answered")
    };
    assert_eq!(broken(&answer), [(0, 2)]);
    let conflict = request([event("C", &[])]).guarded([guard(&["B"], &[], 0)]);
    let Some(answer) = locked(&*store, wanted(), move |_| Some(conflict)).await else {
        panic!("an append is answered")
    };
    assert_eq!(broken(&answer), [(0, 2)]);
    assert_eq!(positions(&*other, all()).await, [1, 2]);
}

/// Nobody appends between what a locked decision sees and what it stores, by whichever handle, locked or not.
pub async fn rule_nobody_appends_while_the_lock_is_held<F: StoreFixture>(fixture: &F) {
    let handles = open_twice(fixture).await;
    let clients = (0..8).map(|n| {
        let store: Arc<F::Store> = handles[n % 2].clone();
        async move {
            for _ in 0..6 {
                if n > 5 {
                    accepted(&*store, request([event("B", &[])])).await;
                    continue;
                }
                let count = |seen: Snapshot| Some(request([knows(seen.parts[0].len())]));
                let answer = locked(&*store, ReadRequest::new([all()]), count).await;
                assert!(
                    matches!(answer, Some(Ok(Answer::Accepted(_)))),
                    "{answer:?}"
                );
            }
        }
    });
    together(clients).await;
    let all = events(&*handles[0], all()).await;
    assert_eq!(all.len(), 48);
    each_knew_those_in_front(&all);
}

/// A decision that panics leaves no event, no open transaction and no lock.
pub async fn g16_a_decision_that_panics_leaves_no_lock<F: StoreFixture>(fixture: &F) {
    let [store, other] = open_twice(fixture).await;
    accepted(&*store, request([event("A", &[])])).await;
    for _ in 0..3 {
        let store = store.clone();
        let task = tokio::spawn(async move {
            let decide: DecideLocked = Box::new(|_| std::panic::panic_any("the decision's own"));
            store.locked(ReadRequest::new([all()]), decide).await
        });
        let answer = within(fixture, task).await;
        assert!(!matches!(answer, Ok(Ok(_))), "{answer:?}");
    }
    for store in [store, other] {
        within(fixture, accepted(&*store, request([event("B", &[])]))).await;
    }
}
