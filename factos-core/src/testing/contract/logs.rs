//! G15: named logs.

use std::collections::HashSet;

use super::fixture::StoreFixture;
use super::words::*;
use crate::id::AppendId;
use crate::name::LogName;
use crate::store::{
    AppendRequest, EventStore, ExpectedRevision, ReadPart, ReadRequest, Refusal, Settled,
};

/// Two logs of one database share nothing: events, positions, ids, streams, keys, void appends, conditions.
pub async fn g15_logs_do_not_see_each_other<F: StoreFixture>(fixture: &F) {
    let main = open(fixture).await;
    let other = fixture.open(log_name("other")).await;
    assert_ne!(other.info().identity(), main.info().identity());
    let once = request([event("A", &["k:1"])])
        .to_stream(stream("s"), ExpectedRevision::NoStream)
        .with_key(key("k", b""))
        .guarded([guard(&["A"], &["k:1"], 0), guard(&[], &[], 0)]);
    let first = receipt(&*main, once.clone()).await;
    let known = read(&other, ReadRequest::new([all()]).with_key("k")).await;
    assert_eq!((known.head.get(), known.known), (0, None));
    assert_eq!(known.parts, [[]]);
    let second = receipt(&other, once.clone()).await;
    assert_eq!(first.appended, second.appended);

    accepted(&other, request([event("B", &["k:1"])])).await;
    let void = AppendId::new();
    assert_eq!(settle(&other, void).await, Settled::Void);
    accepted(&*main, request([event("C", &["k:1"])]).with_id(void)).await;
    let late = refused(&other, request([event("C", &[])]).with_id(void)).await;
    assert_eq!(late, Refusal::Void(void));

    let tagged = || ReadPart::query(query(&[], &["k:1"]));
    for (types, events) in [
        (["A", "C"], events(&*main, tagged()).await),
        (["A", "B"], events(&other, tagged()).await),
    ] {
        assert_eq!(places(&events), [1, 2]);
        assert!(
            events
                .iter()
                .map(|event| event.event_type.as_str())
                .eq(types)
        );
    }
    let b = AppendRequest::check(vec![guard(&["B"], &[], 0)]);
    assert!(append(&*main, b).await.is_ok());
}

/// Logs are told apart by every byte of their names, and the one that nobody named is `main`.
pub async fn g15_names_are_told_apart<F: StoreFixture>(fixture: &F) {
    let long = "n".repeat(255);
    let names = [
        "main",
        "Main",
        "main ",
        " main",
        "m\u{e4}in",
        "ma\u{308}in",
        "'; --",
        "\"",
        "%",
        "_",
        "a/b",
        "\u{1f980}",
        &long,
        &long[1..],
    ];
    let mut identities = HashSet::new();
    for name in names {
        let store = fixture.open(log_name(name)).await;
        assert_eq!(store.info().name().as_str(), name);
        assert!(
            identities.insert(store.info().identity()),
            "{name:?} is another log's name too"
        );
        assert_eq!(head(&store).await, 0, "{name:?} is new");
        accepted(&store, request([event("A", &[&format!("log:{name}")])])).await;
    }
    for name in names {
        let store = fixture.open(log_name(name)).await;
        assert!(
            !identities.insert(store.info().identity()),
            "{name:?} is still the same log"
        );
        let part = ReadPart::query(query(&[], &[&format!("log:{name}")]));
        assert_eq!(
            positions(&store, part).await,
            [1],
            "{name:?} holds its own event"
        );
    }
    let unnamed = fixture.open(LogName::default()).await;
    assert_eq!(unnamed.info().name().as_str(), "main");
}

/// Several logs of one database are written at the same time, each with its own gapless positions.
pub async fn g15_logs_are_written_side_by_side<F: StoreFixture>(fixture: &F) {
    let mut writers = Vec::new();
    for n in 0..6 {
        let name = format!("log-{}", n % 3);
        let log = fixture.open(log_name(&name)).await;
        writers.push(async move {
            for _ in 0..8 {
                accepted(&log, request([event("A", &[]), event("B", &[])])).await;
            }
        });
    }
    together(writers).await;
    for n in 0..3 {
        let log = fixture.open(log_name(&format!("log-{n}"))).await;
        assert_eq!(positions(&log, all()).await, (1..=32).collect::<Vec<_>>());
    }
}
