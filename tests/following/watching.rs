//! Watched facts: the state now, and after each change.

use super::*;

#[fact]
pub(super) fn seats_taken(taken: u32, event: &RoomEvent, #[tag] room: &str) -> u32 {
    match event {
        SeatTaken { .. } => taken + 1,
        SeatGiven { .. } => taken - 1,
    }
}

#[fact]
fn all_seats(taken: u32, event: &RoomEvent) -> u32 {
    match event {
        SeatTaken { .. } => taken + 1,
    }
}

#[fact(last)]
fn last_seat(last: Option<u32>, event: &RoomEvent, #[tag] room: &str) -> Option<u32> {
    match event {
        SeatTaken { number, .. } => Some(*number),
    }
}

async fn a_watched_fact_tells_its_state_now_and_after_each_change(log: EventLog) {
    log.append([taken("a", 1)]).await.expect("an append");
    let mut seats = log.watch(seats_taken("a")).await.expect("a read");
    assert_eq!((*seats.states(), seats.position().get()), (1, 1));

    log.append([taken("b", 1), opened_as_room("a")])
        .await
        .expect("an append");
    log.append([taken("a", 2)]).await.expect("an append");
    let changed = timeout(SOON, seats.changed()).await.expect("in time");
    assert_eq!(*changed.expect("no error"), 2);
    assert_eq!(seats.position().get(), 4);
}

/// An event of another room, with nothing that the fact reads.
fn opened_as_room(room: &str) -> RoomEvent {
    given(&format!("beside {room}"), 0)
}

async fn the_latest_state_wins(log: EventLog) {
    let mut seats = log.watch(seats_taken("a")).await.expect("a read");
    for number in 0..20 {
        log.append([taken("a", number)]).await.expect("an append");
    }
    let changed = timeout(SOON, seats.changed()).await.expect("in time");
    assert_eq!(*changed.expect("no error"), 20, "all that is there by then");
    let unchanged = timeout(Duration::from_millis(50), seats.changed()).await;
    assert!(unchanged.is_err(), "{unchanged:?}");
}

async fn what_is_of_no_interest_wakes_nobody(log: EventLog) {
    let mut seats = log.watch(seats_taken("a")).await.expect("a read");
    log.append([opened("a")]).await.expect("an append");
    log.append([taken("b", 1)]).await.expect("an append");
    let unchanged = timeout(Duration::from_millis(100), seats.changed()).await;
    assert!(unchanged.is_err(), "{unchanged:?}");
    log.append([taken("a", 1)]).await.expect("an append");
    let changed = timeout(SOON, seats.changed()).await.expect("in time");
    assert_eq!(*changed.expect("no error"), 1);
}

async fn views_and_combined_facts_are_watched_live(log: EventLog) {
    let facts = (
        all_seats(),
        vec![seats_taken("a"), seats_taken("b")],
        last_seat("b"),
    );
    let mut all = log.watch(facts).await.expect("a read");
    assert_eq!(all.states(), &(0, vec![0, 0], None));
    log.append([taken("b", 7)]).await.expect("an append");
    let changed = timeout(SOON, all.changed()).await.expect("in time");
    assert_eq!(changed.expect("no error"), &(1, vec![0, 1], Some(7)));
}

async fn as_a_stream_it_begins_with_the_state_now(log: EventLog) {
    log.append([taken("a", 1)]).await.expect("an append");
    let mut seats = log
        .watch(seats_taken("a"))
        .await
        .expect("a read")
        .into_stream();
    assert_eq!(next(&mut seats).await, 1);
    log.append([taken("a", 2)]).await.expect("an append");
    assert_eq!(next(&mut seats).await, 2);
}

async fn an_undecodable_event_is_told_and_then_read_again(log: EventLog) {
    let mut seats = log.watch(seats_taken("a")).await.expect("a read");
    log.append([support::event("SeatTaken", &["room:a"])])
        .await
        .expect("an append");
    for _ in 0..2 {
        let failed = timeout(SOON, seats.changed()).await.expect("in time");
        assert!(matches!(failed, Err(ReadError::Decode(_))), "{failed:?}");
    }
    let mut stream = seats.into_stream();
    assert_eq!(next(&mut stream).await, 0);
    let failed = error(&mut stream).await;
    assert!(matches!(failed, ReadError::Decode(_)), "{failed:?}");
}

async fn a_future_that_is_dropped_loses_nothing(log: EventLog) {
    let mut seats = log.watch(seats_taken("a")).await.expect("a read");
    for number in 1..=20 {
        let _ = timeout(Duration::from_micros(fastrand::u64(..800)), seats.changed()).await;
        log.append([taken("a", number)]).await.expect("an append");
    }
    while *seats.states() < 20 {
        let changed = timeout(SOON, seats.changed()).await.expect("in time");
        changed.expect("no error");
    }
    assert_eq!(*seats.states(), 20);
}

support::stores::on_every_store! {
    a_watched_fact_tells_its_state_now_and_after_each_change
    the_latest_state_wins
    what_is_of_no_interest_wakes_nobody
    views_and_combined_facts_are_watched_live
    as_a_stream_it_begins_with_the_state_now
    an_undecodable_event_is_told_and_then_read_again
    a_future_that_is_dropped_loses_nothing
}
