//! What is in a stream.

use factos::store::ExpectedRevision::{Any, NoStream};
use factos::{LimitError, LogOptions, Metadata, ReadError, Timestamp, UnknownTypes};
use futures_util::TryStreamExt;

use super::*;
use crate::support::event;
use crate::support::stores::{memory, on_every_store};

async fn an_unknown_stream_is_empty(log: EventLog) {
    stream(&log, "other")
        .append(counted(1), NoStream)
        .await
        .expect("a new stream");
    let unknown = stream(&log, "unknown");
    assert_eq!(counts(&unknown).await, [0; 0]);
    assert!(
        unknown
            .load_from::<Counted>(3)
            .await
            .expect("a read")
            .is_empty()
    );
    let state = unknown.state(&counter(9)).await.expect("a read");
    assert_eq!(
        (state.state, state.revision, state.expected()),
        (0, None, NoStream)
    );
}

async fn events_come_with_all_that_was_recorded(log: EventLog) {
    let (one, two) = (stream(&log, "one"), stream(&log, "two"));
    let metadata = Metadata::new().with("source", "api.v3");
    let before = Timestamp::from(std::time::SystemTime::now());
    let first = one
        .append([counted(1), counted(2)], NoStream)
        .metadata(metadata.clone());
    let first = first.await.expect("a new stream");
    two.append(counted(9), NoStream)
        .await
        .expect("a new stream");
    log.append(counted(9))
        .await
        .expect("an append to no stream");
    let last = one.append(counted(3), Any).await.expect("an append");

    let events = one.load::<Counted>().await.expect("a read");
    assert_eq!(counts(&one).await, [1, 2, 3]);
    assert_eq!(revisions(&events), [0, 1, 2]);
    assert_eq!(
        events
            .iter()
            .map(|event| event.position.get())
            .collect::<Vec<_>>(),
        [1, 2, 5]
    );
    for (loaded, stored) in events.iter().zip(first.iter().chain(&last)) {
        assert_eq!((loaded.id, loaded.version), (stored.id, 1));
        assert_eq!(
            (loaded.recorded_at, &loaded.stream),
            (stored.recorded_at, &stored.stream)
        );
        assert!(loaded.recorded_at >= before);
        assert_eq!(
            loaded.stream.as_ref().map(|place| &place.name),
            Some(one.name())
        );
    }
    assert_eq!(
        (&events[1].metadata, &events[2].metadata),
        (&metadata, &Metadata::new())
    );

    for from in 0..=4 {
        let rest = one.load_from::<Counted>(from).await.expect("a read");
        assert_eq!(revisions(&rest), (from..3).collect::<Vec<_>>());
    }
    let newest: Vec<_> = one
        .events_from(1)
        .backward()
        .stored()
        .try_collect()
        .await
        .expect("a read");
    assert_eq!(
        newest
            .iter()
            .map(|event| event.position.get())
            .collect::<Vec<_>>(),
        [5, 2]
    );
}

async fn a_long_stream_is_loaded_page_by_page(log: EventLog) {
    let account = stream(&log, "long");
    for _ in 0..5 {
        let page = (1..=500).map(counted).collect::<Vec<_>>();
        account.append(page, Any).await.expect("an append");
    }
    for from in [0, 1, 999, 1_000, 1_500, 2_499] {
        let events = account.load_from::<Counted>(from).await.expect("a read");
        assert_eq!(revisions(&events), (from..2_500).collect::<Vec<_>>());
    }
    let decider = counter(u32::MAX);
    let state = account.state(&decider).await.expect("a read");
    let total = 5 * 500 * 501 / 2;
    assert_eq!((state.state, state.revision), (total, Some(2_499)));
    let accepted = account
        .execute(&decider, Count(1))
        .rounds(1)
        .await
        .expect("nobody else");
    let place = accepted.events[0].stream.as_ref();
    assert_eq!(place.map(|place| place.revision), Some(2_500));
}

on_every_store! {
    an_unknown_stream_is_empty
    events_come_with_all_that_was_recorded
    a_long_stream_is_loaded_page_by_page
}

#[tokio::test]
async fn a_name_that_cannot_be_is_refused() {
    let log = memory(LogOptions::default()).await.log;
    let length = |name: String| match log.stream(name) {
        Err(LimitError::NameLength {
            field: "stream",
            bytes,
            ..
        }) => bytes,
        other => panic!("{other:?}"),
    };
    assert_eq!((length(String::new()), length("ä".repeat(128))), (0, 256));
    let nul = log.stream("a\0b");
    assert!(
        matches!(nul, Err(LimitError::NulByte { field: "stream" })),
        "{nul:?}"
    );
    let name = stream(&log, "a").name().clone();
    assert_eq!(log.stream(&name).expect("it is a name").name(), &name);
    assert_eq!(
        log.stream(name.clone()).expect("it is a name").name(),
        &name
    );
}

#[tokio::test]
async fn an_unknown_type_is_an_error_or_passed_over() {
    for (unknown, skips) in [(UnknownTypes::Fail, false), (UnknownTypes::Skip, true)] {
        let log = memory(LogOptions::default().unknown_types(unknown))
            .await
            .log;
        let mixed = stream(&log, "mixed");
        mixed
            .append(counted(1), NoStream)
            .await
            .expect("a new stream");
        mixed
            .append(event("Foreign", &[]), Any)
            .await
            .expect("an append");
        let (loaded, state) = (
            mixed.load::<Counted>().await,
            mixed.state(&counter(9)).await,
        );
        let executed = mixed.execute(&counter(9), Count(1)).await;
        if skips {
            assert_eq!(loaded.expect("it is passed over").len(), 1);
            let state = state.expect("it is passed over");
            assert_eq!((state.state, state.revision), (1, Some(1)));
            assert_eq!(executed.expect("it is passed over").rounds, 1);
            continue;
        }
        for error in [loaded.err(), state.err()] {
            let Some(ReadError::Decode(error)) = error else {
                panic!("{error:?}")
            };
            assert_eq!(
                (error.position.get(), error.event_type.as_str()),
                (2, "Foreign")
            );
        }
        let Err(factos::DispatchError::Decode(error)) = executed else {
            panic!("{executed:?}")
        };
        assert!(error.is_unknown_type());
    }
}
