//! Streams: loaded, appended to, and decided on, on every store.

mod support;

#[path = "streams/appending.rs"]
mod appending;
#[path = "streams/disturbed.rs"]
mod disturbed;
#[path = "streams/executing.rs"]
mod executing;
#[path = "streams/keys.rs"]
mod keys;
#[path = "streams/loading.rs"]
mod loading;

use factos::prelude::*;
use factos::{AnyConnection, Decider, EventLog, StreamHandle};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
struct Counted {
    by: u32,
}

fn counted(by: u32) -> Counted {
    Counted { by }
}

struct Count(u32);

#[derive(Debug, PartialEq)]
struct Full {
    at: u32,
}

/// Counts up to a limit; counting by nothing is nothing.
fn counter(limit: u32) -> Decider<Count, u32, Counted, Full> {
    let decide = move |&Count(by): &Count, &at: &u32| match by {
        0 => Ok(vec![]),
        by if at + by > limit => Err(Full { at }),
        by => Ok(vec![counted(by)]),
    };
    Decider::new(0, decide, |at, event: &Counted| at + event.by)
}

fn stream(log: &EventLog, name: &str) -> StreamHandle<AnyConnection> {
    log.stream(name).expect("a name")
}

/// What was counted, in order.
async fn counts(stream: &StreamHandle<AnyConnection>) -> Vec<u32> {
    let events = stream.load::<Counted>().await.expect("a read");
    events.into_iter().map(|event| event.data.by).collect()
}

fn revisions<E>(events: &[Recorded<E>]) -> Vec<u64> {
    let revision = |event: &Recorded<E>| Some(event.stream.as_ref()?.revision);
    events.iter().filter_map(revision).collect()
}
