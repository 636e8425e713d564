//! What is known of facts, and what it is worth.

use std::time::Duration;

use factos::store::StoreError;
use factos::{DispatchError, LogOptions, Position, StateCache};

use super::*;

#[tokio::test]
async fn known_facts_are_not_read_again() {
    let stand = Stand::open().with_seats(5);
    let log = stand.log();
    for n in 0..5 {
        let accepted = log.dispatch(TakeSeat("a", n)).await.expect("a free seat");
        assert_eq!(accepted.rounds, 1);
    }
    let refused = log.dispatch(TakeSeat("a", 5)).await;
    assert!(matches!(refused, Err(DispatchError::Rejected(Full))));
    assert_eq!((stand.reads(), stand.appends()), (1, 6));
    let statistics = log.statistics();
    assert_eq!((statistics.read, statistics.known), (1, 5));
    assert!(statistics.cached_bytes > 0, "{statistics:?}");
}

/// What another command of the process has recorded is known, though nobody confirmed it for this fact.
#[tokio::test]
async fn what_the_process_has_recorded_is_known() {
    let stand = Stand::open().with_seats(21);
    let log = stand.log();
    log.dispatch(TakeSeat("a", 1)).await.expect("a free seat");
    for row in 0..2 {
        let closed = log.dispatch(CloseRow("a", row)).await;
        assert_eq!(closed.expect("no rejection").events.len(), 1);
    }
    stand.reads();
    let refused = log.dispatch(TakeSeat("a", 2)).rounds(1).await;
    assert!(matches!(refused, Err(DispatchError::Rejected(Full))));
    assert_eq!(stand.reads(), 0);
}

/// What others have appended is found out by the store, and only that is read.
#[tokio::test]
async fn what_others_have_appended_is_read() {
    let stand = Stand::open().with_seats(2);
    let log = stand.log();
    log.dispatch(TakeSeat("a", 1)).await.expect("a free seat");
    others(
        &stand.store.memory,
        &RowClosed {
            room: "a".into(),
            row: 1,
        },
    );
    // Another command's commit behind it does not hide it.
    let other = log.dispatch(TakeBehind("b")).await;
    assert_eq!(other.expect("no rejection").events.len(), 1);
    stand.reads();
    let refused = log.dispatch(TakeSeat("a", 2)).rounds(1).await;
    assert!(
        matches!(refused, Err(DispatchError::Rejected(Full))),
        "to decide on what was known before is no lost race: {refused:?}"
    );
    assert_eq!(stand.reads(), 1);
    assert_eq!(log.statistics().lost_rounds, 0);
}

#[tokio::test]
async fn facts_that_are_usually_empty_are_not_read() {
    let stand = Stand::open();
    let log = stand.log();
    for row in 0..20 {
        let closed = log.dispatch(CloseRow("a", row)).await;
        assert_eq!(closed.expect("no rejection").events.len(), 1);
    }
    let reads = stand.reads();
    assert!((1..15).contains(&reads), "{reads} reads for 20 rows");

    // One that is not empty is noticed.
    others(
        &stand.store.memory,
        &RowClosed {
            room: "b".into(),
            row: 99,
        },
    );
    let closed = log.dispatch(CloseRow("a", 99)).rounds(1).await;
    let closed = closed.expect("that nobody had looked is no lost race");
    assert_eq!((closed.events.len(), closed.rounds), (0, 1));
    assert_eq!(log.statistics().assumed_wrongly, 1);
}

#[tokio::test]
async fn without_a_cache_each_dispatch_reads() {
    let stand = Stand::open().with_seats(5);
    let log = stand.log_with(LogOptions::default().state_cache(StateCache::off()));
    for n in 0..5 {
        log.dispatch(TakeSeat("a", n)).await.expect("a free seat");
    }
    assert_eq!((stand.reads(), log.statistics().cached_facts), (5, 0));
}

#[tokio::test]
async fn what_is_too_much_is_dropped() {
    let stand = Stand::open();
    let log = stand.log_with(LogOptions::default().state_cache(StateCache::bytes(2_000)));
    for row in 0..200 {
        let closed = log.dispatch(CloseRow("a", row)).await;
        assert_eq!(closed.expect("no rejection").events.len(), 1);
    }
    let statistics = log.statistics();
    assert!(statistics.cached_bytes <= 2_000, "{statistics:?}");
    // They are decided rightly all the same.
    let closed = log.dispatch(CloseRow("a", 7)).await;
    assert_eq!(closed.expect("no rejection").events.len(), 0);
}

#[tokio::test]
async fn slow_deciders_are_counted() {
    struct Dawdle;
    #[decider]
    fn dawdle(_cmd: &Dawdle) -> Option<SeatEvent> {
        std::thread::sleep(Duration::from_millis(12));
        None
    }
    let log = Stand::open().log();
    log.dispatch(Dawdle).await.expect("no rejection");
    assert_eq!(log.statistics().slow_decisions, 1);
}

/// A decider that panics, or whose event cannot be stored, on what was taken for granted: it is decided again on what is so.
#[tokio::test]
async fn a_panic_on_what_is_not_so_is_not_told() {
    let stand = Stand::open();
    let log = stand.log();
    for row in 0..20 {
        let closed = log.dispatch(CloseRow("a", row)).await;
        assert_eq!(closed.expect("no rejection").events.len(), 1);
    }
    let room = "b".to_owned();
    others(&stand.store.memory, &RowClosed { room, row: 99 });
    let relied = log.dispatch(Rely(99)).await.expect("no rejection");
    assert_eq!(relied.events.len(), 0);
    let statistics = log.statistics();
    assert_eq!((statistics.assumed_wrongly, statistics.panics), (1, 0));
}

/// A log that was set back is noticed by whatever call; nothing is decided on what was known before.
#[tokio::test]
async fn what_was_known_before_a_reset_is_void() {
    let stand = Stand::open().with_seats(3);
    let log = stand.log();
    log.dispatch(TakeSeat("a", 1)).await.expect("a free seat");
    let head = log.head().await.expect("a read");
    let set_back = StoreError::Rewound {
        seen: head,
        head: Position::new(1),
    };
    // What a store does that finds it out while it answers a health check.
    log.info().take_as_it_is(&set_back);
    stand.reads();
    log.dispatch(TakeSeat("a", 2)).await.expect("a free seat");
    assert_eq!((stand.reads(), log.statistics().resets), (1, 1));
}
