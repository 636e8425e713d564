//! Rounds: lost, confirmed, explained, decided under the lock.

use super::*;

#[tokio::test]
async fn a_lost_round_is_decided_again_on_fresh_facts() {
    let mut store = with_seats(2);
    store.after_read = at_most(1, |memory| other_client(memory, taken));
    let accepted = store
        .log()
        .dispatch(TakeSeat("a"))
        .await
        .expect("a seat is left");
    assert_eq!(
        (accepted.rounds, accepted.position),
        (2, Some(Position::new(4)))
    );
}

#[tokio::test]
async fn the_last_seat_lost_in_between_is_a_rejection() {
    let mut store = with_seats(1);
    store.after_read = at_most(1, |memory| other_client(memory, taken));
    let refused = store.log().dispatch(TakeSeat("a")).await;
    assert!(
        matches!(refused, Err(DispatchError::Rejected(Full))),
        "{refused:?}"
    );
    assert_eq!(store.stored(), 2);
}

#[tokio::test]
async fn a_rejection_that_is_no_longer_true_is_not_told() {
    let mut store = Staged::new();
    store.after_read = at_most(1, |memory| other_client(memory, added));
    let accepted = store
        .log()
        .dispatch(TakeSeat("a"))
        .await
        .expect("there is a seat by now");
    assert_eq!(accepted.rounds, 2);
}

#[tokio::test]
async fn an_empty_decision_that_is_no_longer_true_is_not_told() {
    let mut store = Staged::new();
    store.after_read = at_most(1, |memory| other_client(memory, added));
    let accepted = store
        .log()
        .dispatch(TakeAll("a"))
        .await
        .expect("no rejections here");
    assert_eq!((accepted.rounds, accepted.events.len()), (2, 1));
    let accepted = store
        .log()
        .dispatch(TakeAll("a"))
        .await
        .expect("no rejections here");
    assert_eq!(
        (accepted.rounds, accepted.events.len(), accepted.position),
        (1, 0, None)
    );
}

#[tokio::test]
async fn events_elsewhere_are_no_conflict() {
    let mut store = with_seats(1);
    store.after_read = at_most(9, |memory| {
        let elsewhere = [
            event("SeatTaken", &["room:b"]),
            event("RoomPainted", &["room:a"]),
        ];
        memory.append_now(&Group::single(append(elsewhere)));
    });
    assert_eq!(
        store
            .log()
            .dispatch(TakeSeat("a"))
            .await
            .expect("a seat")
            .rounds,
        1
    );
}

#[tokio::test]
async fn a_single_round_that_is_lost_is_an_explained_conflict() {
    let mut store = with_seats(2);
    store.after_read = at_most(1, |memory| other_client(memory, taken));
    let lost = store.log().dispatch(TakeSeat("a")).rounds(1).await;
    let Err(DispatchError::Conflict(conflict)) = lost else {
        panic!("{lost:?}")
    };
    assert_eq!(
        conflict.to_string(),
        "fact free_seats [room:a] was changed by event SeatTaken [room:a] at position 3, and 1 round(s) were lost",
    );
}

#[tokio::test]
async fn after_three_lost_rounds_it_is_decided_under_the_lock() {
    let mut store = with_seats(1);
    store.after_read = at_most(u32::MAX, |memory| other_client(memory, added));
    let accepted = store
        .log()
        .dispatch(TakeSeat("a"))
        .await
        .expect("nobody comes in between");
    assert_eq!(
        (accepted.rounds, store.locked.load(Ordering::Relaxed)),
        (4, 1)
    );
    assert_eq!(accepted.events[0].event_type.as_str(), "SeatTaken");
    assert_eq!(accepted.position, Some(Position::new(5)));
}

#[tokio::test]
async fn under_the_lock_rejections_and_empty_decisions_are_answers_too() {
    let mut store = Staged::new();
    // One comes and one goes: what was read is stale, and yet there is no seat.
    store.after_read = at_most(u32::MAX, |memory| {
        other_client(memory, added);
        other_client(memory, taken);
    });
    let refused = store.log().dispatch(TakeSeat("a")).await;
    assert!(
        matches!(refused, Err(DispatchError::Rejected(Full))),
        "{refused:?}"
    );
    let accepted = store
        .log()
        .dispatch(TakeAll("a"))
        .await
        .expect("no rejections here");
    assert_eq!((accepted.rounds, accepted.position), (4, None));
}

#[tokio::test]
async fn options_that_cannot_work_are_errors() {
    let log = with_seats(1).log();
    let none = log.dispatch(TakeSeat("a")).rounds(0).await;
    assert!(
        matches!(&none, Err(DispatchError::Option(e)) if e.option == "rounds"),
        "{none:?}"
    );
    let none = log.dispatch(TakeSeat("a")).timeout(Duration::ZERO).await;
    assert!(
        matches!(&none, Err(DispatchError::Option(e)) if e.option == "timeout"),
        "{none:?}"
    );
    let none = log
        .append(SeatAdded { room: "a".into() })
        .timeout(Duration::ZERO)
        .await;
    assert!(
        matches!(&none, Err(AppendError::Option(e)) if e.option == "timeout"),
        "{none:?}"
    );
}
