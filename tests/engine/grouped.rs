//! Commands that share a commit are decided one behind the other.

use factos::{Accepted, DispatchError, Position};
use futures_util::FutureExt;
use tokio::task::JoinHandle;

use super::*;

type Answer = Result<Accepted, DispatchError<Full>>;

/// Has commands wait for the append of another one, and then be decided in one group.
async fn in_one_group(
    stand: &Stand,
    log: &EventLog,
    commands: Vec<TakeSeat>,
) -> Vec<JoinHandle<Answer>> {
    let first = tokio::spawn(log.append(added("elsewhere")).into_future());
    stand.next_append().await;
    let mut waiting = Vec::new();
    for command in commands {
        let mut dispatch = log.dispatch(command).into_future();
        // Far enough to be in the queue: the facts are known.
        assert!((&mut dispatch).now_or_never().is_none());
        waiting.push(tokio::spawn(dispatch));
    }
    stand.let_one_go();
    first.await.expect("no panic").expect("an append");
    waiting
}

/// A log that knows the free seats of room a.
async fn log_that_knows(stand: &Stand) -> EventLog {
    let log = stand.log();
    stand.let_one_go();
    let _ = log.dispatch(TakeSeat("a", 0)).await;
    stand.appends();
    log
}

async fn joined(waiting: Vec<JoinHandle<Answer>>) -> Vec<Answer> {
    let mut answers = Vec::new();
    for answer in waiting {
        answers.push(answer.await.expect("no panic"));
    }
    answers
}

#[tokio::test]
async fn each_sees_what_those_in_front_of_it_have_decided() {
    let stand = Stand::new().with_seats(4);
    let log = log_that_knows(&stand).await;
    let commands = (1..=6).map(|n| TakeSeat("a", n)).collect();
    let waiting = in_one_group(&stand, &log, commands).await;
    stand.let_one_go();
    let answers = joined(waiting).await;
    let accepted = answers
        .iter()
        .flatten()
        .map(|it| (it.position.map(Position::get), it.rounds));
    let accepted: Vec<_> = accepted.collect();
    assert_eq!(accepted, [(Some(7), 1), (Some(8), 1), (Some(9), 1)]);
    let rejected = |answer: &&Answer| matches!(answer, Err(DispatchError::Rejected(Full)));
    assert_eq!(answers.iter().filter(rejected).count(), 3);
    // One append of another, one of all of them.
    assert_eq!(stand.appends(), 1);
}

/// When the one in front loses to another process, those that were decided on it are decided again: also one that was
/// rejected because of it.
#[tokio::test]
async fn who_was_decided_on_a_loser_is_decided_again() {
    let stand = Stand::new().with_seats(2);
    let log = log_that_knows(&stand).await;
    let waiting = in_one_group(&stand, &log, vec![TakeSeat("a", 1), TakeSeat("a", 2)]).await;
    stand.next_append().await;
    // Nobody has seen this seat when the second one was rejected.
    others(&stand.store.memory, &added("a"));
    for _ in 0..4 {
        stand.let_one_go();
    }
    let answers = joined(waiting).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(log.statistics().lost_rounds, 0);
}

/// The group as a whole fails: what was staged is no longer known.
#[tokio::test]
async fn what_was_not_committed_is_forgotten() {
    let stand = Stand::open().with_seats(2);
    let log = stand.log();
    log.dispatch(TakeSeat("a", 0)).await.expect("a free seat");
    stand.store.fails.store(1, Ordering::Relaxed);
    let failed = log.dispatch(TakeSeat("a", 1)).await;
    assert!(matches!(failed, Err(DispatchError::Store(_))), "{failed:?}");
    for (n, free) in [(2, true), (3, false)] {
        let answer = log.dispatch(TakeSeat("a", n)).await;
        assert_eq!(answer.is_ok(), free, "{n}: {answer:?}");
    }
}

#[tokio::test]
async fn a_fact_of_positions_waits_for_them() {
    let stand = Stand::open();
    let log = stand.log();
    let mut last = 0;
    for _ in 0..5 {
        let (one, other) = tokio::join!(
            log.dispatch(TakeBehind("a")).into_future(),
            log.dispatch(TakeBehind("a")).into_future()
        );
        let mut events = [one, other].map(|it| it.expect("no rejection").events.remove(0));
        events.sort_unstable_by_key(|event| event.position);
        for event in events {
            let event = event.decode::<SeatEvent>().expect("a seat");
            let SeatTaken { by, .. } = event.data else {
                panic!("{event:?}")
            };
            assert_eq!(u64::from(by), last);
            last = event.position.get();
        }
    }
}

#[tokio::test]
async fn a_panicking_decider_fails_alone() {
    let stand = Stand::new().with_seats(3);
    let log = log_that_knows(&stand).await;
    let first = tokio::spawn(log.append(added("elsewhere")).into_future());
    stand.next_append().await;
    let one = tokio::spawn(log.dispatch(TakeSeat("a", 1)).into_future());
    let panicking = tokio::spawn(log.dispatch(Explode("a")).into_future());
    let two = tokio::spawn(log.dispatch(TakeSeat("a", 2)).into_future());
    tokio::task::yield_now().await;
    for _ in 0..6 {
        stand.let_one_go();
    }
    first.await.expect("no panic").expect("an append");
    for answer in [one, two] {
        assert_eq!(
            answer.await.expect("no panic").expect("a free seat").rounds,
            1
        );
    }
    let panic = panicking.await.expect_err("a panic").into_panic();
    let text = panic.downcast::<String>().expect("a text");
    assert!(text.ends_with("seats are enough to explode"), "{text}");
    assert_eq!(log.statistics().panics, 1);
}

/// Dropping a dispatch that waits in the queue leaves nothing; those behind it are decided as if it had never been.
#[tokio::test]
async fn a_dropped_dispatch_leaves_nothing() {
    let stand = Stand::new().with_seats(2);
    let log = log_that_knows(&stand).await;
    let mut waiting = in_one_group_dropped(&stand, &log).await;
    for _ in 0..3 {
        stand.let_one_go();
    }
    let accepted = waiting
        .remove(0)
        .await
        .expect("no panic")
        .expect("the seat is free");
    assert_eq!(accepted.events.len(), 1);
    assert_eq!(stand.store.stored(), 2 + 1 + 1 + 1);
}

async fn in_one_group_dropped(stand: &Stand, log: &EventLog) -> Vec<JoinHandle<Answer>> {
    let first = tokio::spawn(log.append(added("elsewhere")).into_future());
    stand.next_append().await;
    let mut dropped = log.dispatch(TakeSeat("a", 1)).into_future();
    assert!((&mut dropped).now_or_never().is_none());
    let mut kept = log.dispatch(TakeSeat("a", 2)).into_future();
    assert!((&mut kept).now_or_never().is_none());
    assert!(dropped.now_or_never().is_none());
    let kept = tokio::spawn(kept);
    stand.let_one_go();
    first.await.expect("no panic").expect("an append");
    vec![kept]
}

/// What was handed over is completed when its future is dropped, and draining waits for it.
#[tokio::test]
async fn draining_waits_for_what_nobody_waits_for() {
    let stand = Stand::new().with_seats(2);
    let log = log_that_knows(&stand).await;
    let mut dropped = log.dispatch(TakeSeat("a", 1)).into_future();
    assert!((&mut dropped).now_or_never().is_none());
    stand.next_append().await;
    drop(dropped);
    let drain = log.drain();
    tokio::pin!(drain);
    assert!(drain.as_mut().now_or_never().is_none());
    stand.let_one_go();
    drain.await;
    assert_eq!(stand.store.stored(), 2 + 1 + 1);
}

/// A state that is too large to be copied for each group is right all the same, also after groups that fail.
#[tokio::test]
async fn large_states_are_folded_on_or_read_again() {
    let stand = Stand::open().with_seats(6);
    let log = stand.log();
    for fails in [0, 1, 0, 2] {
        stand.store.fails.store(fails, Ordering::Relaxed);
        let takes = (0..4).map(|_| tokio::spawn(log.dispatch(TakeLarge("a")).into_future()));
        for take in takes.collect::<Vec<_>>() {
            let answer = take.await.expect("no panic");
            let is_expected = matches!(
                answer,
                Ok(_) | Err(DispatchError::Rejected(Full) | DispatchError::Store(_))
            );
            assert!(is_expected, "{answer:?}");
        }
    }
    stand.store.fails.store(0, Ordering::Relaxed);
    while log.dispatch(TakeLarge("a")).await.is_ok() {}
    let left = log.read(large("a")).await.expect("a read");
    assert_eq!((left.0[7], stand.store.stored()), (0, 12));
}
