//! Dispatches: a new student wants a seat.

use std::time::Duration;

use factos::{DispatchError, EventLog};
use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::courses::{Refused, Subscribe, course};
use crate::figures::Run;
use crate::measure::{Failure, run};
use crate::unique::unique;

/// Commands under way at once while the log warms up.
const WARMING: usize = 16;

/// Clients begin at courses that lie so far apart.
const APART: u64 = 61;

pub(super) async fn to_all(
    log: &EventLog,
    courses: u64,
    clients: usize,
    duration: Duration,
) -> Result<Run, Failure> {
    let (log, students) = (log.clone(), unique("student"));
    run(clients, duration, move |client, n| {
        let course = course((n + client as u64 * APART) % courses);
        accepted(log.clone(), course, format!("{students}-{client}-{n}"))
    })
    .await
}

pub(super) async fn to(
    log: &EventLog,
    course: &str,
    clients: usize,
    duration: Duration,
) -> Result<Run, Failure> {
    let (log, course, students) = (log.clone(), course.to_owned(), unique("student"));
    run(clients, duration, move |client, n| {
        let student = format!("{students}-{client}-{n}");
        accepted(log.clone(), course.clone(), student)
    })
    .await
}

pub(super) async fn turn_away(
    log: &EventLog,
    course: &str,
    clients: usize,
    duration: Duration,
) -> Result<Run, Failure> {
    let (log, course, students) = (log.clone(), course.to_owned(), unique("student"));
    run(clients, duration, move |client, n| {
        let student = format!("{students}-{client}-{n}");
        rejected(log.clone(), course.clone(), student)
    })
    .await
}

pub(super) async fn once_to_each(log: &EventLog, courses: u64) -> Result<(), Failure> {
    let students = unique("early");
    let one = |n| accepted(log.clone(), course(n), format!("{students}-{n}"));
    all((0..courses).map(one)).await
}

pub(super) async fn once_to(log: &EventLog, course: &str, clients: usize) -> Result<(), Failure> {
    let one = |_| accepted(log.clone(), course.into(), unique("early"));
    all((0..clients).map(one)).await
}

pub(super) async fn turn_away_once(
    log: &EventLog,
    course: &str,
    clients: usize,
) -> Result<(), Failure> {
    let one = |_| rejected(log.clone(), course.into(), unique("early"));
    all((0..clients).map(one)).await
}

async fn all(
    dispatches: impl Iterator<Item = impl Future<Output = Result<(), Failure>>>,
) -> Result<(), Failure> {
    stream::iter(dispatches)
        .buffer_unordered(WARMING)
        .try_collect()
        .await
}

async fn accepted(log: EventLog, course: String, student: String) -> Result<(), Failure> {
    let accepted = log.dispatch(Subscribe { course, student }).await;
    // The domain's error is none of std's.
    accepted.map_err(|error| format!("{error:?}"))?;
    Ok(())
}

async fn rejected(log: EventLog, course: String, student: String) -> Result<(), Failure> {
    match log.dispatch(Subscribe { course, student }).await {
        Err(DispatchError::Rejected(Refused::Course)) => Ok(()),
        Err(error) => Err(format!("{error:?}").into()),
        Ok(_) => Err("a full course took a student".into()),
    }
}
