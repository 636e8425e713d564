//! Replays: all events of a log, decoded.

use std::hint::black_box;
use std::time::Duration;

use factos::{EventLog, Query};
use futures_util::TryStreamExt;

use crate::courses::{CourseEvent, history};
use crate::figures::Run;
use crate::measure::{Failure, run};

pub(super) async fn all(
    log: &EventLog,
    events: u64,
    clients: usize,
    duration: Duration,
) -> Result<Run, Failure> {
    replay(log, &Query::all(), events, clients, duration).await
}

pub(super) async fn by_type(
    log: &EventLog,
    events: u64,
    clients: usize,
    duration: Duration,
) -> Result<Run, Failure> {
    replay(log, &history()?, events, clients, duration).await
}

async fn replay(
    log: &EventLog,
    query: &Query,
    events: u64,
    clients: usize,
    duration: Duration,
) -> Result<Run, Failure> {
    let (log, query) = (log.clone(), query.clone());
    let replays = run(clients, duration, move |_, _| {
        let (log, query) = (log.clone(), query.clone());
        async move {
            let mut replayed = 0;
            let mut stream = log.events(query).decoded::<CourseEvent>();
            while let Some(event) = stream.try_next().await? {
                black_box(&event);
                replayed += 1;
            }
            if replayed == events {
                Ok(())
            } else {
                Err(format!("{replayed} events instead of {events}").into())
            }
        }
    });
    Ok(replays.await?.in_parts(events))
}
