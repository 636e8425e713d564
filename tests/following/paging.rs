//! Long logs are read page by page.

use factos::NewEvent;

use super::*;

const EVENTS: u32 = 5_000;

async fn a_long_log_is_read_in_pages(log: EventLog) {
    for chunk in 0..EVENTS / 500 {
        let events: Vec<RoomEvent> = (0..500).map(|i| taken("a", chunk * 500 + i)).collect();
        log.append(events).await.expect("an append");
    }
    let mut batches = log.subscribe(rooms()).batches();
    let mut sizes = Vec::new();
    let mut positions = Vec::new();
    while positions.len() < EVENTS as usize {
        let batch = next(&mut batches).await;
        sizes.push(batch.events.len());
        positions.extend(batch.events.iter().map(|event| event.position.get()));
    }
    assert_eq!(positions, (1..=u64::from(EVENTS)).collect::<Vec<_>>());
    assert!(sizes.iter().all(|&size| size <= 1_000), "{sizes:?}");
    assert!(sizes.len() < 20, "pages grow: {sizes:?}");
}

async fn pages_of_large_events_are_short(log: EventLog) {
    let text = "x".repeat(256 * 1024);
    for _ in 0..8 {
        let large = |_| {
            let data = factos::Data::json(format!("{{\"text\":\"{text}\"}}")).expect("json");
            let event_type = factos::EventType::new("Large").expect("a type");
            NewEvent::new(event_type, data)
        };
        log.append((0..16).map(large).collect::<Vec<_>>())
            .await
            .expect("an append");
    }
    let mut batches = log.subscribe(Query::all()).batches();
    let mut sizes = Vec::new();
    while sizes.iter().sum::<usize>() < 128 {
        sizes.push(next(&mut batches).await.events.len());
    }
    assert!(
        sizes.iter().skip(1).all(|&size| size <= 4),
        "a MiB a page, about: {sizes:?}"
    );
}

support::stores::on_every_store! {
    a_long_log_is_read_in_pages
    pages_of_large_events_are_short
}
