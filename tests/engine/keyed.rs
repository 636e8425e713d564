//! Commands that happen once under a key.

use factos::store::{Refusal, StoreError};
use factos::{DispatchError, EventLog};

use super::*;

/// Each rule on a fresh log in memory, SQLite and PostgreSQL.
async fn on_every_store(rule: impl AsyncFn(EventLog)) {
    rule(EventLog::new(MemoryStore::new()).untyped()).await;
    let directory = tempfile::tempdir().expect("a directory");
    let file = factos::open(&support::sqlite_url(&directory)).await;
    rule(file.expect("the file opens")).await;
    #[cfg(feature = "postgres")]
    {
        let url = factos_test_server::Server::shared().database();
        rule(factos::open(&url).await.expect("the server answers")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_outcome_is_the_outcome() {
    on_every_store(async |log| {
        log.append([added("a"), added("a")])
            .await
            .expect("an append");
        let take = || {
            log.dispatch(TakeSeat("a", 1))
                .idempotency_key("once")
                .content_hash([1])
        };
        let first = take().await.expect("a free seat");
        assert!(!first.is_repeated);
        log.dispatch(TakeSeat("a", 2)).await.expect("a free seat");
        // It would be rejected now.
        let again = take().await.expect("what was accepted stays so");
        assert!(again.is_repeated);
        assert_eq!(again.events, first.events);

        let other_content = log.dispatch(TakeSeat("a", 1)).idempotency_key("once").await;
        let other_command = log.dispatch(CloseRow("a", 1)).idempotency_key("once").await;
        let reused = Refusal::KeyReused { key: "once".into() };
        assert!(matches!(other_content, Err(DispatchError::Refused(r)) if r == reused));
        assert!(matches!(other_command, Err(DispatchError::Refused(r)) if r == reused));
        assert_eq!(log.head().await.expect("a read").get(), 4);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_outcome_is_remembered_and_a_rejection_is_not() {
    on_every_store(async |log| {
        log.append(RowClosed {
            room: "a".into(),
            row: 1,
        })
        .await
        .expect("an append");
        let close = || log.dispatch(CloseRow("b", 1)).idempotency_key("close");
        let (first, again) = (
            close().await.expect("nothing"),
            close().await.expect("nothing"),
        );
        assert_eq!((first.events.len(), first.is_repeated), (0, false));
        assert_eq!((again.events.len(), again.is_repeated), (0, true));

        let take = || log.dispatch(TakeSeat("c", 1)).idempotency_key("take");
        let refused = take().await;
        assert!(matches!(refused, Err(DispatchError::Rejected(Full))));
        log.append(added("c")).await.expect("an append");
        let taken = take().await.expect("there is one now");
        assert!(!taken.is_repeated);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_race_of_one_key_has_one_outcome() {
    on_every_store(async |log| {
        log.append([added("a"), added("a"), added("a")])
            .await
            .expect("an append");
        for round in 0..3 {
            let take = |n| {
                let take = log
                    .dispatch(TakeSeat("a", n))
                    .idempotency_key(format!("race {round}"));
                tokio::spawn(take.into_future())
            };
            let mut first = 0;
            let mut outcomes = Vec::new();
            for dispatch in (0..16).map(take).collect::<Vec<_>>() {
                let accepted = dispatch.await.expect("no panic").expect("one seat a key");
                first += u32::from(!accepted.is_repeated);
                outcomes.push(accepted.events);
            }
            assert_eq!(first, 1);
            assert!(outcomes.iter().all(|events| *events == outcomes[0]));
        }
        assert_eq!(log.head().await.expect("a read").get(), 6);
    })
    .await;
}

/// The store has it, and could not say so: the key tells it to the next call.
#[tokio::test]
async fn after_a_lost_answer_the_key_tells_what_happened() {
    let stand = Stand::open().with_seats(1);
    stand.store.loses_answers.store(1, Ordering::Relaxed);
    let log = stand.log();
    let take = || log.dispatch(TakeSeat("a", 1)).idempotency_key("once");
    let unknown = take().await;
    assert!(
        matches!(unknown, Err(DispatchError::OutcomeUnknown { .. })),
        "{unknown:?}"
    );
    let told = take().await.expect("it has happened");
    assert_eq!((told.is_repeated, told.events.len()), (true, 1));
}

/// A log that was restored to an earlier state: what was known of it is dropped.
#[tokio::test]
async fn a_restored_log_is_noticed() {
    let stand = Stand::open().with_seats(1);
    let log = stand.log();
    log.dispatch(TakeSeat("a", 1)).await.expect("a free seat");
    stand.store.rewinds.store(1, Ordering::Relaxed);
    stand.reads();
    let failed = log.dispatch(TakeSeat("a", 2)).await;
    assert!(
        matches!(
            failed,
            Err(DispatchError::Store(StoreError::Rewound { .. }))
        ),
        "{failed:?}"
    );
    let refused = log.dispatch(TakeSeat("a", 2)).await;
    assert!(matches!(refused, Err(DispatchError::Rejected(Full))));
    assert_eq!((stand.reads(), log.statistics().resets), (1, 1));
}
