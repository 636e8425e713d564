//! Bad input: each kind gets its typed error, and nothing is written.

mod support;

use std::error::Error;

use factos::prelude::*;
use factos::store::{IdempotencyKey, StoreError};
use factos::{
    AppendError, Data, DispatchError, EventLog, EventType, LimitError, LogName, LogOptions,
    MemoryStore, Metadata, NewEvent, Position, Query, QueryItem, ReadError, StreamName, Tag,
    UnknownTypes,
};
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use support::{event, sqlite_url};

type TestResult = Result<(), Box<dyn Error>>;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
enum NoteEvent {
    NoteWritten {
        #[tag]
        board: String,
        text: String,
    },
}
use NoteEvent::*;

#[fact]
fn notes(count: u32, event: &NoteEvent, #[tag] board: &str) -> u32 {
    match event {
        NoteWritten { .. } => count + 1,
    }
}

struct Write {
    board: String,
    text: String,
    times: usize,
}

#[decider]
fn write(cmd: &Write, #[fact(notes(&cmd.board))] count: u32) -> Vec<NoteEvent> {
    let note = NoteWritten {
        board: cmd.board.clone(),
        text: format!("{count}{}", cmd.text),
    };
    vec![note; cmd.times]
}

/// A log in every store, and what keeps the file alive.
async fn logs() -> (Vec<EventLog>, tempfile::TempDir) {
    let directory = tempfile::tempdir().expect("a directory");
    let sqlite = factos::open(&sqlite_url(&directory))
        .await
        .expect("the file opens");
    (vec![EventLog::new(MemoryStore::new()), sqlite], directory)
}

/// Expects that an append is beyond a limit, and that nothing of it is there.
async fn refused(events: Vec<NewEvent>, limit: impl Fn(&LimitError) -> bool) {
    let (logs, _directory) = logs().await;
    for log in logs {
        match log.append(events.clone()).await {
            Err(AppendError::Limit(error)) => assert!(limit(&error), "{error:?}"),
            other => panic!("expected a limit, got {other:?}"),
        }
        assert_eq!(log.head().await.expect("a read").get(), 0);
    }
}

fn with_data(bytes: usize) -> NewEvent {
    let mut event = event("A", &[]);
    event.data = Data::binary(vec![0; bytes]);
    event
}

#[test]
fn names_and_tags_keep_their_limits() {
    for long in ["", &"x".repeat(256)] {
        assert!(matches!(
            EventType::new(long.to_owned()),
            Err(LimitError::NameLength { limit: 255, .. })
        ));
        assert!(matches!(
            StreamName::new(long),
            Err(LimitError::NameLength { .. })
        ));
        assert!(matches!(
            LogName::new(long),
            Err(LimitError::NameLength { .. })
        ));
        assert!(matches!(
            IdempotencyKey::new(long, "C", []),
            Err(LimitError::NameLength { .. })
        ));
    }
    assert!(EventType::new("x".repeat(255)).is_ok());
    assert!(matches!(
        EventType::new("a\0b"),
        Err(LimitError::NulByte {
            field: "event type"
        })
    ));
    assert!(matches!(
        StreamName::new("\0"),
        Err(LimitError::NulByte { .. })
    ));
    assert!(matches!(
        LogName::new("\0"),
        Err(LimitError::NulByte { .. })
    ));
    assert!(matches!(
        IdempotencyKey::new("k", "\0", []),
        Err(LimitError::NulByte { .. })
    ));

    assert!(Tag::new("k", "v".repeat(1022)).is_ok());
    assert!(matches!(
        Tag::new("k", "v".repeat(1023)),
        Err(LimitError::TagTooLong {
            bytes: 1025,
            limit: 1024
        })
    ));
    assert!(matches!(
        Tag::new("k", "\0"),
        Err(LimitError::NulByte { field: "tag" })
    ));
    assert!(matches!(Tag::new("", "v"), Err(LimitError::EmptyTagKey)));
    assert!(matches!(
        Tag::parse("no colon"),
        Err(LimitError::EmptyTagKey)
    ));
    assert!(Data::json("{\"a\":}").is_err());
}

#[tokio::test]
async fn an_append_keeps_its_limits() {
    let tags: Vec<String> = (0..65).map(|n| format!("t:{n}")).collect();
    let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
    refused(vec![event("A", &tags)], |e| {
        matches!(
            e,
            LimitError::TooManyTags {
                tags: 65,
                limit: 64,
                ..
            }
        )
    })
    .await;

    let thousand_one = (0..1_001).map(|_| event("A", &[])).collect();
    refused(thousand_one, |e| {
        matches!(
            e,
            LimitError::TooManyEvents {
                events: 1_001,
                limit: 1_000
            }
        )
    })
    .await;

    let fits = 4 << 20;
    refused(vec![event("A", &[]), with_data(fits + 1)], |e| {
        matches!(e, LimitError::EventTooLarge { .. })
    })
    .await;
    let seventeen = vec![
        with_data(fits),
        with_data(fits),
        with_data(fits),
        with_data(fits),
        with_data(1),
    ];
    refused(seventeen, |e| {
        matches!(e, LimitError::AppendTooLarge { .. })
    })
    .await;

    for (key, value) in [("a\0", ""), ("a", "\0")] {
        let mut event = event("A", &[]);
        event.metadata = Metadata::new().with(key, value);
        refused(vec![event], |e| {
            matches!(e, LimitError::NulByte { field: "metadata" })
        })
        .await;
    }
}

#[tokio::test]
async fn what_just_fits_is_stored_and_comes_back() {
    let tags: Vec<String> = (0..64)
        .map(|n| format!("{n}:{}", "v".repeat(1021 - usize::from(n > 9))))
        .collect();
    let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
    let (logs, _directory) = logs().await;
    for log in logs {
        let mut large = with_data(4 << 20);
        large.tags = event("A", &tags).tags;
        let stored = log.append(large.clone()).await.expect("it fits");
        assert_eq!(
            (&stored[0].tags, &stored[0].data),
            (&large.tags, &large.data)
        );
        let read: Vec<_> = log
            .events(Query::all())
            .stored()
            .try_collect()
            .await
            .expect("a read");
        assert_eq!(read, stored);
        let thousand: Vec<_> = (0..1_000).map(|_| event("A", &["t:1"])).collect();
        assert_eq!(log.append(thousand).await.expect("it fits").len(), 1_000);
    }
}

#[tokio::test]
async fn a_command_with_bad_input_is_a_typed_error() {
    let (logs, _directory) = logs().await;
    for log in logs {
        let write = |board: &str, times| Write {
            board: board.into(),
            text: String::new(),
            times,
        };
        let nul = log.dispatch(write("a\0b", 1)).await;
        assert!(
            matches!(nul, Err(DispatchError::Limit(LimitError::NulByte { .. }))),
            "{nul:?}"
        );
        let long = log.dispatch(write(&"x".repeat(2_000), 1)).await;
        assert!(
            matches!(
                long,
                Err(DispatchError::Limit(LimitError::TagTooLong { .. }))
            ),
            "{long:?}"
        );
        let many = log.dispatch(write("a", 1_001)).await;
        assert!(
            matches!(
                many,
                Err(DispatchError::Limit(LimitError::TooManyEvents { .. }))
            ),
            "{many:?}"
        );
        let nul = log.read(notes("a\0b")).await;
        assert!(
            matches!(nul, Err(ReadError::Limit(LimitError::NulByte { .. }))),
            "{nul:?}"
        );
        let nul = log
            .append(NoteWritten {
                board: "\0".into(),
                text: String::new(),
            })
            .await;
        assert!(matches!(nul, Err(AppendError::Encode(_))), "{nul:?}");
        assert_eq!(log.head().await.expect("a read").get(), 0);
    }
}

#[tokio::test]
async fn a_query_of_too_many_tags_is_refused_before_it_is_asked() {
    let tag = |n: usize| Tag::new("t", n.to_string()).expect("a tag");
    let wide = |tags| Query::from((0..tags).map(tag).fold(QueryItem::new(), QueryItem::tagged));
    let (logs, _directory) = logs().await;
    for log in logs {
        let refused = log
            .append(event("A", &[]))
            .unless(wide(65), Position::START)
            .await;
        let Err(AppendError::Limit(LimitError::QueryTooWide {
            tags: 65,
            limit: 64,
        })) = refused
        else {
            panic!("{refused:?}")
        };
        let refused = log.events(wide(65)).stored().try_collect::<Vec<_>>().await;
        assert!(
            matches!(
                refused,
                Err(ReadError::Limit(LimitError::QueryTooWide { .. }))
            ),
            "{refused:?}"
        );

        log.append(event("A", &[]))
            .unless(wide(64), Position::START)
            .await
            .expect("it can be asked");
        let none = log
            .events(wide(64))
            .stored()
            .try_collect::<Vec<_>>()
            .await
            .expect("it can be asked");
        assert_eq!(none, []);
    }
}

#[tokio::test]
async fn foreign_and_broken_events_only_concern_those_who_read_them() {
    let (logs, _directory) = logs().await;
    for log in logs {
        let mut broken = event("NoteWritten", &["board:broken"]);
        broken.version = 7;
        log.append([event("SomethingElse", &["board:fine"]), broken])
            .await
            .expect("an append");

        let fine = Write {
            board: "fine".into(),
            text: "t".into(),
            times: 1,
        };
        log.dispatch(fine).await.expect("it reads neither");

        let unread = Write {
            board: "broken".into(),
            text: "t".into(),
            times: 1,
        };
        let error = match log.dispatch(unread).await {
            Err(DispatchError::Decode(error)) => error,
            other => panic!("expected a decode error, got {other:?}"),
        };
        assert_eq!(
            (
                error.position.get(),
                error.event_type.as_str(),
                error.version
            ),
            (2, "NoteWritten", 7)
        );
        assert!(!error.is_unknown_type());
        assert!(
            error
                .source()
                .is_some_and(|cause| cause.to_string().contains("missing field `board`"))
        );
        assert_eq!(log.head().await.expect("a read").get(), 3);
    }
}

#[tokio::test]
async fn an_unknown_type_in_a_query_is_an_error_unless_it_is_to_be_skipped() {
    let store = MemoryStore::new();
    let strict = EventLog::new(store.clone());
    let lenient = EventLog::with_options(
        store,
        LogOptions::default().unknown_types(UnknownTypes::Skip),
    );
    strict
        .append(event("SomethingElse", &[]))
        .await
        .expect("an append");
    strict
        .append(NoteWritten {
            board: "b".into(),
            text: "t".into(),
        })
        .await
        .expect("an append");

    let all = strict
        .events(Query::all())
        .decoded::<NoteEvent>()
        .try_collect::<Vec<_>>()
        .await;
    match all {
        Err(ReadError::Decode(error)) => {
            assert!(error.is_unknown_type());
            let message =
                "event SomethingElse (version 1) at position 1 is not an event of NoteEvent";
            assert_eq!(error.to_string(), message);
        }
        other => panic!("expected a decode error, got {other:?}"),
    }
    let known = lenient
        .events(Query::all())
        .decoded::<NoteEvent>()
        .try_collect::<Vec<_>>()
        .await
        .expect("a read");
    assert_eq!(
        known
            .iter()
            .map(|event| event.position.get())
            .collect::<Vec<_>>(),
        [2]
    );
}

#[tokio::test]
async fn urls_that_name_no_store_say_what_would() {
    let any = "write `sqlite:FILE`, `postgres://USER:PASSWORD@HOST/DATABASE` or `memory:`";
    for (url, hint) in [
        ("mysql://host/db", any),
        ("courses.db", any),
        ("", any),
        (
            "memory:shared",
            "write `memory:`, with nothing behind the colon",
        ),
    ] {
        match factos::open(url).await {
            Err(error @ StoreError::UnknownScheme { .. }) => {
                assert!(error.to_string().ends_with(hint), "{error}");
            }
            other => panic!("{url:?} gave {other:?}"),
        }
    }
}

#[tokio::test]
async fn files_that_are_no_log_say_so() -> TestResult {
    let directory = tempfile::tempdir()?;
    let file = |name: &str| directory.path().join(name);
    let url = |name: &str| format!("sqlite:{}", file(name).display());

    std::fs::write(
        file("text.db"),
        "a text that is long enough to be looked at ".repeat(40),
    )?;
    let text = factos::open(&url("text.db")).await;
    assert!(
        matches!(text, Err(StoreError::NotADatabase { .. })),
        "{text:?}"
    );

    drop(factos::open(&url("newer.db")).await?);
    let pool = sqlx::SqlitePool::connect(&url("newer.db")).await?;
    sqlx::query("UPDATE factos_meta SET version = 99")
        .execute(&pool)
        .await?;
    let newer = factos::open(&url("newer.db")).await;
    assert!(
        matches!(newer, Err(StoreError::NewerSchema { found: 99, .. })),
        "{newer:?}"
    );

    let log = factos::open(&url("readonly.db")).await?;
    log.append(event("A", &[])).await?;
    let reader = factos::open(&format!("{}?mode=ro", url("readonly.db"))).await?;
    assert_eq!(reader.head().await?.get(), 1);
    let refused = reader.append(event("B", &[])).await;
    assert!(
        matches!(refused, Err(AppendError::Store(StoreError::ReadOnly(_)))),
        "{refused:?}"
    );
    assert_eq!(reader.head().await?.get(), 1);
    Ok(())
}
