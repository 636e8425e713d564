//! What is measured on every database.

use std::time::Duration;

use factos::{EventLog, Position, Query, QueryItem, Tag};

use crate::courses::{CourseEvent, Subscribe, course, subscribed_event};
use crate::measure::{Failure, Run, run};

/// How many courses there are.
pub const COURSES: u64 = 1_000;
/// The course with ten subscriptions, spread over the history.
pub const SMALL: &str = "small";

/// A course that nobody decides on, so that the facts of the others stay as they are.
fn other(n: u64) -> String {
    format!("other-{}", n % COURSES)
}

/// Writes the courses, and subscriptions of others up to the number of events.
///
/// # Errors
/// The first failure.
pub async fn fill(log: &EventLog, events: u64) -> Result<(), Failure> {
    let defined = |n| CourseEvent::CourseDefined {
        course: course(n),
        capacity: u32::MAX,
    };
    log.append((0..COURSES).map(defined).collect::<Vec<_>>())
        .await?;
    let mut rest = (COURSES..events).map(|n| {
        let of = if (n - COURSES).is_multiple_of((events - COURSES) / 10) {
            SMALL.into()
        } else {
            course(n % COURSES)
        };
        subscribed_event(&of, &format!("old-{n}"))
    });
    loop {
        let page: Vec<_> = rest.by_ref().take(1_000).collect();
        if page.is_empty() {
            return Ok(());
        }
        log.append(page).await?;
    }
}

/// Unconditional appends of one event.
///
/// # Errors
/// The first failure.
pub async fn append(
    log: &EventLog,
    number: usize,
    clients: usize,
    duration: Duration,
) -> Result<Run, Failure> {
    let log = log.clone();
    run(clients, duration, move |client, n| {
        let log = log.clone();
        let event = subscribed_event(
            &other(n),
            &format!("append-{clients}-{number}-{client}-{n}"),
        );
        async move {
            log.append(event).await?;
            Ok(())
        }
    })
    .await
}

/// A new student subscribes to one of the courses: four facts are read, one event is appended.
///
/// # Errors
/// The first failure.
pub async fn dispatch(
    log: &EventLog,
    number: usize,
    clients: usize,
    duration: Duration,
) -> Result<Run, Failure> {
    let log = log.clone();
    run(clients, duration, move |client, n| {
        let log = log.clone();
        let course = course((n + client as u64 * 61) % COURSES);
        let student = format!("dispatch-{clients}-{number}-{client}-{n}");
        async move {
            log.dispatch(Subscribe { course, student })
                .await
                .map_err(|error| format!("{error:?}"))?;
            Ok(())
        }
    })
    .await
}

/// Appends of one event that only a student without any subscription may have.
///
/// # Errors
/// The first failure.
pub async fn guarded(
    log: &EventLog,
    number: usize,
    clients: usize,
    duration: Duration,
) -> Result<Run, Failure> {
    let log = log.clone();
    run(clients, duration, move |client, n| {
        let log = log.clone();
        let student = format!("guarded-{clients}-{number}-{client}-{n}");
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

/// Appends of a thousand events.
///
/// # Errors
/// The first failure.
pub async fn thousands(log: &EventLog, number: usize, duration: Duration) -> Result<Run, Failure> {
    let log = log.clone();
    run(1, duration, move |_, n| {
        let log = log.clone();
        async move {
            let event = |i| subscribed_event(&other(i), &format!("thousands-{number}-{n}-{i}"));
            log.append((0..1_000).map(event).collect::<Vec<_>>())
                .await?;
            Ok(())
        }
    })
    .await
}

/// Appends of one event by 16 clients, while another one appends a thousand events at a time.
///
/// # Errors
/// The first failure.
pub async fn append_beside_thousands(
    log: &EventLog,
    number: usize,
    duration: Duration,
) -> Result<Run, Failure> {
    const NUMBERS_OF_OTHERS: usize = 1_000;
    let large = thousands(log, NUMBERS_OF_OTHERS + number, duration);
    let small = append(log, NUMBERS_OF_OTHERS + number, 16, duration);
    let (large, small) = tokio::join!(large, small);
    large?;
    small
}
