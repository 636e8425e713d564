//! What comes back: events with all fields, page by page.

use super::*;

#[tokio::test]
async fn events_come_in_pages_in_both_directions_up_to_the_first_pages_head() {
    let store = Staged::new();
    let log = store.log();
    for _ in 0..5 {
        log.append((0..500).map(|_| event("A", &[])).collect::<Vec<_>>())
            .await
            .expect("an append");
    }
    let positions = |events: Vec<factos::StoredEvent>| {
        events.iter().map(|e| e.position.get()).collect::<Vec<_>>()
    };
    let all = log
        .events(Query::all())
        .stored()
        .try_collect()
        .await
        .expect("a read");
    assert_eq!(positions(all), (1..=2500).collect::<Vec<_>>());
    let back = log
        .events(Query::all())
        .backward()
        .after(Position::new(100))
        .limit(2_100)
        .stored();
    let back = back.try_collect().await.expect("a read");
    assert_eq!(positions(back), (401..=2500).rev().collect::<Vec<_>>());

    let mut pages = log.events(Query::all()).stored();
    pages.try_next().await.expect("a read").expect("an event");
    log.append(event("B", &[])).await.expect("an append");
    assert_eq!(
        pages.try_collect::<Vec<_>>().await.expect("a read").len(),
        2499
    );
}

#[test]
fn futures_can_be_sent_and_handles_cloned() {
    fn is_send<T: Send>(_: &T) {}
    fn is_handle<T: Clone + Send + Sync + 'static>(_: &T) {}
    let log = Staged::new().log();
    is_handle(&log);
    is_send(&log.dispatch(TakeSeat("a")).into_future());
    is_send(&log.append(SeatAdded { room: "a".into() }).into_future());
    is_send(&log.read(free_seats("a")));
    is_send(&log.events(Query::all()).decoded::<SeatEvent>());
}
