//! SQLite files that were set back to an earlier state, while they were open.

mod support;

use factos_core::Position;
use factos_core::store::{AppendRequest, EventStore, Group, ReadRequest, Snapshot, StoreError};
use factos_sqlx::SqliteStore;
use support::{TestResult, accepted, behind_its_back, event, fresh, guard, request};

#[tokio::test]
async fn an_earlier_state_is_told_once() -> TestResult {
    let f = fresh().await?;
    for name in ["A", "B", "C"] {
        accepted(&f.store, request([event(name, &[])])).await?;
    }
    let (seen, head) = (Position::new(3), Position::new(1));
    let earlier = "DROP TRIGGER factos_events_keep_rows; DROP TRIGGER factos_ids_keep_rows; \
         DELETE FROM factos_events WHERE place > 1; DELETE FROM factos_ids WHERE place > 1";
    behind_its_back(&f.url, earlier).await?;
    let told = f
        .store
        .append(Group::single(request([event("D", &[])])))
        .await;
    let Err(StoreError::Rewound { seen: s, head: h }) = told else {
        panic!("{told:?}");
    };
    assert_eq!((s, h), (seen, head));
    let at = accepted(&f.store, request([event("D", &[])])).await?;
    assert_eq!(at.first.get(), 2);

    behind_its_back(&f.url, "DELETE FROM factos_events WHERE place > 1").await?;
    let told = f.store.read(ReadRequest::default()).await;
    assert!(matches!(told, Err(StoreError::Rewound { .. })), "{told:?}");
    assert_eq!(f.store.read(ReadRequest::default()).await?.head, head);
    Ok(())
}

/// Something that a store is asked for.
#[derive(Debug, Clone, Copy)]
enum Call {
    Read,
    Check,
    Append,
    Locked,
}

async fn call(store: &SqliteStore, call: Call) -> Result<(), StoreError> {
    match call {
        Call::Read => store.read(ReadRequest::new([])).await.map(drop),
        Call::Check => {
            let check = AppendRequest::check(vec![guard(&["Never"], &[], 0)]);
            store.append(Group::single(check)).await.map(drop)
        }
        Call::Append => {
            let append = Group::single(request([event("After", &[])]));
            store.append(append).await.map(drop)
        }
        Call::Locked => {
            let decide = Box::new(|_: Snapshot| Some(request([event("After", &[])])));
            store.locked(ReadRequest::new([]), decide).await.map(drop)
        }
    }
}

const SET_BACK: &str = "DROP TRIGGER factos_events_keep_rows; DROP TRIGGER factos_ids_keep_rows; \
    DELETE FROM factos_events WHERE place > 1; DELETE FROM factos_ids WHERE place > 1";

/// The store has written position 3, or seen it while it read or checked. Grown again to just as many events, or beyond.
#[tokio::test]
async fn an_earlier_state_that_has_grown_again_is_told_once() -> TestResult {
    use Call::{Append, Check, Locked, Read};
    for learned in [Read, Check, Append, Locked] {
        for noticed in [Read, Check, Append, Locked] {
            for grown in [3, 4] {
                let f = fresh().await?;
                let others = async |head: u64| -> TestResult {
                    let other = SqliteStore::open(&f.url).await?;
                    while other.info().head() < Position::new(head) {
                        accepted(&other, request([event("Other", &[])])).await?;
                    }
                    Ok(())
                };
                let writes = matches!(learned, Append | Locked);
                others(if writes { 2 } else { 3 }).await?;
                call(&f.store, learned).await?;
                assert_eq!(f.store.info().head().get(), 3);
                behind_its_back(&f.url, SET_BACK).await?;
                others(grown).await?;

                let case = format!("{learned:?}, {noticed:?}, {grown}");
                let told = call(&f.store, noticed).await;
                let Err(StoreError::Rewritten { position }) = told else {
                    panic!("{case}: {told:?}");
                };
                assert_eq!(position.get(), 3, "{case}");
                let head = f.store.read(ReadRequest::default()).await?.head;
                assert_eq!(head.get(), grown, "something was written: {case}");
                for again in [Read, Check, Append, Locked] {
                    call(&f.store, again).await?;
                }
                let head = f.store.read(ReadRequest::default()).await?.head;
                assert_eq!(head.get(), grown + 2, "{case}");
            }
        }
    }
    Ok(())
}

/// Who appends together with others remembers the event that stands last, and who is refused, the one that was there.
#[tokio::test]
async fn what_was_not_restored_is_not_suspected() -> TestResult {
    let f = fresh().await?;
    let other = SqliteStore::open(&f.url).await?;
    for n in 0..4 {
        let kept = request([event("A", &[]), event("B", &["k:1"])]);
        let mut group = Group::single(kept.clone());
        group.push(kept);
        let refused = request([event("C", &[])]).guarded([guard(&["B"], &[], 0)]);
        group.push(refused.clone());
        group.push(AppendRequest::check(vec![guard(&["Never"], &[], 0)]));
        group.push(request([event("D", &[])]));
        f.store.append(group).await?;
        assert_eq!(f.store.info().head().get(), 7 * n + 3);
        other.append(Group::single(refused)).await?;
        assert_eq!(other.info().seen(), f.store.info().seen());
        let mut apart = Group::single(request([event("E", &[]), event("F", &[])]));
        apart.push(request([event("G", &[])]));
        f.store.append(apart).await?;
        call(&other, Call::Read).await?;
        assert_eq!(other.info().seen(), f.store.info().seen());
        call(&f.store, Call::Locked).await?;
        for each in [Call::Check, Call::Read] {
            call(&f.store, each).await?;
            call(&other, each).await?;
            assert_eq!(other.info().seen(), f.store.info().seen());
        }
    }
    Ok(())
}
