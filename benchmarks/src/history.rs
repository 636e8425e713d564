//! What logs hold before anything is measured.

use factos::EventLog;

use crate::courses::{CourseEvent, course, subscribed_event};
use crate::measure::Failure;

/// The course with ten subscriptions, spread over the history.
pub const SMALL: &str = "small";

/// Events of one append.
const PAGE: usize = 1_000;

/// Writes the courses, and subscriptions of others up to the number of events.
///
/// # Errors
/// The first failure.
pub async fn fill(log: &EventLog, courses: u64, events: u64) -> Result<(), Failure> {
    let defined = (0..courses).map(|n| defined_event(&course(n), u32::MAX));
    let subscribed = (courses..events).map(|n| {
        let of = if (n - courses).is_multiple_of((events - courses) / 10) {
            SMALL.into()
        } else {
            course(n % courses)
        };
        subscribed_event(&of, &format!("old-{n}"))
    });
    append_all(log, defined.chain(subscribed)).await
}

/// Writes one course with seats, and subscriptions to it.
///
/// # Errors
/// The first failure.
pub async fn define(
    log: &EventLog,
    name: &str,
    capacity: u32,
    subscriptions: u64,
) -> Result<(), Failure> {
    let defined = std::iter::once(defined_event(name, capacity));
    let subscribed = (0..subscriptions).map(|n| subscribed_event(name, &format!("{name}-{n}")));
    append_all(log, defined.chain(subscribed)).await
}

async fn append_all(
    log: &EventLog,
    mut events: impl Iterator<Item = CourseEvent>,
) -> Result<(), Failure> {
    loop {
        let page: Vec<_> = events.by_ref().take(PAGE).collect();
        if page.is_empty() {
            return Ok(());
        }
        log.append(page).await?;
    }
}

fn defined_event(name: &str, capacity: u32) -> CourseEvent {
    CourseEvent::CourseDefined {
        course: name.into(),
        capacity,
    }
}
