//! Several processes on one SQLite file: races between them, and writers that are killed.

#[allow(dead_code)]
#[path = "../examples/courses.rs"]
mod courses;
mod support;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use courses::*;
use factos::{DispatchError, EventLog, NewEvent, Query, Tag};
use futures_util::TryStreamExt;
use support::worker::{Worker, part, say};
use support::{event, sqlite_url};
use tokio::io::AsyncWriteExt;
use tokio::task::JoinSet;

const SEATS: u32 = 20;
const STUDENTS: usize = 500;

/// Part of a child: once told to, has its half of the students subscribe at once, and says how that went.
#[tokio::test(flavor = "multi_thread")]
async fn half_of_the_students() {
    let Some(arguments) = part() else { return };
    let [url, half] = arguments.as_slice() else {
        panic!("url and half are given")
    };
    let log = factos::open(url).await.expect("the file opens");
    say("ready");
    let mut go = String::new();
    std::io::stdin()
        .read_line(&mut go)
        .expect("the parent says when");

    let wish = |n| Subscribe {
        course: CourseId("rust".into()),
        student: StudentId(format!("{half}-{n}")),
    };
    let mut tasks = JoinSet::new();
    for n in 0..STUDENTS / 2 {
        let (log, wish) = (log.clone(), wish(n));
        tasks.spawn(async move { log.dispatch(wish).await });
    }
    let (mut won, mut full) = (0, 0);
    for answer in tasks.join_all().await {
        match answer {
            Ok(_) => won += 1,
            Err(DispatchError::Rejected(CourseError::FullyBooked)) => full += 1,
            Err(other) => panic!("only the domain refuses, not: {other:?}"),
        }
    }
    say(format_args!("{won} {full}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_fill_a_course_exactly() {
    let directory = tempfile::tempdir().expect("a directory");
    let url = sqlite_url(&directory);
    let log = factos::open(&url).await.expect("the file opens");
    log.dispatch(DefineCourse {
        course: CourseId("rust".into()),
        capacity: SEATS,
    })
    .await
    .expect("a new course");

    let mut halves = ["a", "b"].map(|half| Worker::start("half_of_the_students", &[&url, half]));
    for half in &mut halves {
        assert_eq!(half.line().await.as_deref(), Some("ready"));
    }
    for half in &mut halves {
        half.stdin
            .write_all(b"go\n")
            .await
            .expect("the child listens");
    }
    let (mut won, mut full) = (0, 0);
    for half in &mut halves {
        let said = half.line().await.expect("the child answers");
        let (w, f) = said.split_once(' ').expect("two numbers");
        won += w.parse::<u32>().expect("a number");
        full += f.parse::<usize>().expect("a number");
    }
    assert_eq!((won, full), (SEATS, STUDENTS - SEATS as usize));
    let taken = log
        .read(seats_taken(&CourseId("rust".into())))
        .await
        .expect("a read");
    assert_eq!(taken, SEATS);
    assert_eq!(
        log.head().await.expect("a read").get(),
        1 + u64::from(SEATS)
    );
}

/// How many events an append of the killed writer has.
fn size_of_append(number: u64) -> u64 {
    1 + number % 7
}

/// Part of a child: appends for ever, from four tasks at once, and says each append that was acknowledged.
#[tokio::test(flavor = "multi_thread")]
async fn append_until_killed() {
    let Some(arguments) = part() else { return };
    let [url, run] = arguments.as_slice() else {
        panic!("url and run are given")
    };
    let log = factos::open(url).await.expect("the file opens");
    let mut tasks = JoinSet::new();
    for task in 0..4_u64 {
        let (log, run) = (log.clone(), run.clone());
        tasks.spawn(async move {
            for number in (task..).step_by(4) {
                let tag = format!("append:{run}-{number}");
                let events: Vec<NewEvent> = (0..size_of_append(number))
                    .map(|_| event("Written", &[&tag]))
                    .collect();
                let stored = log.append(events).await.expect("an append");
                say(format_args!("{number} {}", stored[0].position));
            }
        });
    }
    tasks.join_all().await;
}

/// The events of the log by their `append` tag, checked to stand side by side.
async fn appends(log: &EventLog) -> HashMap<String, (u64, u64)> {
    let events: Vec<_> = log
        .events(Query::all())
        .stored()
        .try_collect()
        .await
        .expect("a read");
    let mut found: HashMap<String, (u64, u64)> = HashMap::new();
    for (expected, event) in (1..).zip(&events) {
        assert_eq!(event.position.get(), expected, "positions have no gap");
        let tag = event
            .tags
            .iter()
            .map(Tag::as_str)
            .next()
            .expect("a tag")
            .to_owned();
        let (first, size) = found.entry(tag).or_insert((expected, 0));
        assert_eq!(expected, *first + *size, "an append is in one piece");
        *size += 1;
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_writer_loses_nothing_and_leaves_nothing_in_part() {
    let directory = tempfile::tempdir().expect("a directory");
    let url = sqlite_url(&directory);
    let mut acknowledged: Vec<(String, u64, u64)> = Vec::new();
    for run in 0..50_u32 {
        let mut writer = Worker::start("append_until_killed", &[&url, &run.to_string()]);
        let wait_for = 1 + fastrand::u32(..40);
        for _ in 0..wait_for {
            let said = writer.line().await.expect("the writer writes");
            acknowledged.push(acknowledgement(run, &said));
        }
        // Somewhere within the next appends, not in step with the last answer.
        let end = Instant::now() + Duration::from_micros(fastrand::u64(..3_000));
        while Instant::now() < end {
            std::hint::spin_loop();
        }
        writer.process.start_kill().expect("the writer lives");
        while let Some(said) = writer.line().await {
            acknowledged.push(acknowledgement(run, &said));
        }
        writer.process.wait().await.expect("the writer is dead");
    }

    let log = factos::open(&url)
        .await
        .expect("the file opens without repair");
    let found = appends(&log).await;
    for (tag, position, size) in &acknowledged {
        assert_eq!(
            found.get(tag),
            Some(&(*position, *size)),
            "{tag} was acknowledged"
        );
    }
    for (tag, (_, size)) in &found {
        let number: u64 = tag
            .rsplit('-')
            .next()
            .and_then(|n| n.parse().ok())
            .expect("a number");
        assert_eq!(*size, size_of_append(number), "{tag} is whole");
    }
    assert!(
        acknowledged.len() > 50,
        "the writers got to write: {}",
        acknowledged.len()
    );
    let pool = sqlx::SqlitePool::connect(&url)
        .await
        .expect("the file opens");
    let check: String = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_one(&pool)
        .await
        .expect("a check");
    assert_eq!(check, "ok");
}

/// The tag, first position and size of an append that a writer said it was answered.
fn acknowledgement(run: u32, said: &str) -> (String, u64, u64) {
    let (number, position) = said.split_once(' ').expect("two numbers");
    let number: u64 = number.parse().expect("a number");
    let position = position.parse().expect("a position");
    (
        format!("append:{run}-{number}"),
        position,
        size_of_append(number),
    )
}
