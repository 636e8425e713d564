//! Appends without a decision.

use std::time::Duration;

use factos::{EventLog, Position, Query, QueryItem, Tag};

use crate::courses::{CourseEvent, subscribed_event};
use crate::figures::Run;
use crate::measure::{Failure, run};
use crate::unique::unique;

/// A course that nobody decides on, so that the facts of the others stay as they are.
fn other(n: u64) -> String {
    format!("other-{}", n % 1_000)
}

pub(super) async fn append(
    log: &EventLog,
    events: u64,
    clients: usize,
    duration: Duration,
) -> Result<Run, Failure> {
    let (log, students) = (log.clone(), unique("append"));
    run(clients, duration, move |client, n| {
        let log = log.clone();
        let event = |i| {
            let n = n * events + i;
            subscribed_event(&other(n), &format!("{students}-{client}-{n}"))
        };
        let events: Vec<CourseEvent> = (0..events).map(event).collect();
        async move {
            log.append(events).await?;
            Ok(())
        }
    })
    .await
}

pub(super) async fn guarded(
    log: &EventLog,
    clients: usize,
    duration: Duration,
) -> Result<Run, Failure> {
    let (log, students) = (log.clone(), unique("guarded"));
    run(clients, duration, move |client, n| {
        let log = log.clone();
        let student = format!("{students}-{client}-{n}");
        async move {
            let of_student = QueryItem::new().tagged(Tag::new("student", &student)?);
            let event = subscribed_event(&other(n), &student);
            let append = log.append(event);
            append
                .unless(Query::from(of_student), Position::START)
                .await?;
            Ok(())
        }
    })
    .await
}

pub(super) async fn once(log: &EventLog) -> Result<(), Failure> {
    log.append(subscribed_event(&other(0), &unique("early")))
        .await?;
    Ok(())
}
