//! A list of courses for readers: a projection that follows the log, is read by SQL, and is rebuilt beside itself.
//!
//! `cargo run --example course_list` keeps its log in `course_list.db` and the rows in a file beside it; give another
//! database's URL for the log as the argument. Run it again: what was projected stays. For another log, remove
//! `course_list.rows.db` first: rows are those of one log.

use std::error::Error;
use std::io::IsTerminal;
use std::time::Duration;

use factos::prelude::*;
use factos::sqlite::SqliteReadModel;
use factos::{CatchUp, EventLog, ProjectionError, ProjectionHandle, Runner};
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, SqliteConnection};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(tags(course))]
pub enum CourseEvent {
    CourseDefined { course: String, capacity: u32 },
    StudentSubscribed { course: String, student: u32 },
}
use CourseEvent::*;

/// The seats that are taken in a course.
#[fact]
pub fn seats_taken(taken: u32, event: &CourseEvent, #[tag] course: &str) -> u32 {
    match event {
        StudentSubscribed { .. } => taken + 1,
    }
}

/// Courses with their free seats. Rows and checkpoint are committed together, so that each event counts once.
#[projection(setup = make_courses)]
pub async fn courses(
    event: &CourseEvent,
    db: &mut SqliteConnection,
    tables: &Tables,
) -> sqlx::Result<()> {
    match event {
        CourseDefined { course, capacity } => {
            let sql = tables.sql("INSERT INTO {courses} (course, free) VALUES ($1, $2)");
            let insert = sqlx::query(AssertSqlSafe(sql)).bind(course).bind(capacity);
            insert.execute(db).await?;
        }
        StudentSubscribed { course, .. } => {
            let sql = tables.sql("UPDATE {courses} SET free = free - 1 WHERE course = $1");
            sqlx::query(AssertSqlSafe(sql))
                .bind(course)
                .execute(db)
                .await?;
        }
    }
    Ok(())
}

async fn make_courses(db: &mut SqliteConnection, tables: &Tables) -> sqlx::Result<()> {
    let sql = tables.sql("CREATE TABLE {courses} (course TEXT PRIMARY KEY, free INTEGER NOT NULL)");
    sqlx::query(AssertSqlSafe(sql)).execute(db).await?;
    Ok(())
}

/// What came to mind later: the list also shows how many seats there are. Version 2 is built from the first event on while
/// readers see version 1, and then takes its place.
pub mod second {
    use super::*;

    /// It takes all events of a transaction at once, and so needs a few statements for a thousand of them.
    #[projection(version = 2, setup = make_courses)]
    pub async fn courses(
        events: &[Recorded<CourseEvent>],
        db: &mut SqliteConnection,
        tables: &Tables,
    ) -> sqlx::Result<()> {
        let mut defined = Vec::new();
        let mut taken: Vec<&str> = Vec::new();
        for event in events {
            match &event.data {
                CourseDefined { course, capacity } => defined.push((course, capacity)),
                StudentSubscribed { course, .. } => taken.push(course),
            }
        }
        let sql = "INSERT INTO {courses} (course, seats, free) \
            SELECT value ->> 0, value ->> 1, value ->> 1 FROM json_each($1)";
        let insert = sqlx::query(AssertSqlSafe(tables.sql(sql)));
        insert.bind(json(&defined)).execute(&mut *db).await?;
        let sql = "UPDATE {courses} SET free = free - t.seats \
            FROM (SELECT value AS course, count(*) AS seats FROM json_each($1) GROUP BY value) AS t \
            WHERE {courses}.course = t.course";
        let update = sqlx::query(AssertSqlSafe(tables.sql(sql)));
        update.bind(json(&taken)).execute(db).await?;
        Ok(())
    }

    async fn make_courses(db: &mut SqliteConnection, tables: &Tables) -> sqlx::Result<()> {
        let sql = "CREATE TABLE {courses} (course TEXT PRIMARY KEY, seats INTEGER NOT NULL, free INTEGER NOT NULL)";
        let sql = tables.sql(sql);
        sqlx::query(AssertSqlSafe(sql)).execute(db).await?;
        Ok(())
    }

    fn json(values: &impl Serialize) -> String {
        serde_json::to_string(values).expect("text and numbers")
    }
}

/// What a reader sees: each course with its free seats.
pub async fn list(model: &SqliteReadModel) -> sqlx::Result<Vec<(String, i64)>> {
    let rows = sqlx::query_as("SELECT course, free FROM courses ORDER BY course");
    rows.fetch_all(model.pool()).await
}

/// Brings a projection up to date, with a progress bar on a terminal.
pub async fn catch_up<P>(
    projection: &ProjectionHandle<P, SqliteReadModel>,
) -> Result<(), ProjectionError>
where
    P: factos::Projection<SqliteConnection>,
{
    let style =
        ProgressStyle::with_template("{msg:22} {wide_bar} {human_pos} of {human_len}, {eta} left");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::no_length().with_style(style);
    bar.set_message(format!("building {} v{}", P::NAME, P::VERSION));
    if !std::io::stderr().is_terminal() {
        bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
    }
    let show = bar.clone();
    let told = move |at: CatchUp| {
        show.update(|state| {
            state.set_pos(at.position.get());
            state.set_len(at.head.get());
        });
    };
    projection.catch_up_with(told).await?;
    bar.finish_and_clear();
    Ok(())
}

/// Some courses, and students in them.
pub async fn fill(log: &EventLog, students: u32) -> Result<(), Box<dyn Error>> {
    if log.head().await?.get() > 0 {
        return Ok(());
    }
    let define = |course: &str| CourseDefined {
        course: course.into(),
        capacity: students,
    };
    log.append(["cooking", "rust", "tango"].map(define)).await?;
    for chunk in (0..students).collect::<Vec<_>>().chunks(1_000) {
        let subscribe = |&student: &u32| {
            let course = if student % 3 == 0 { "tango" } else { "rust" }.into();
            StudentSubscribed { course, student }
        };
        log.append(chunk.iter().map(subscribe).collect::<Vec<_>>())
            .await?;
    }
    Ok(())
}

async fn show(title: &str, model: &SqliteReadModel) -> sqlx::Result<()> {
    println!("{title}");
    for (course, free) in list(model).await? {
        println!("  {course:10} {free:6} free");
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "sqlite:course_list.db".into());
    let log = factos::open(&url).await?;
    let model = SqliteReadModel::beside("sqlite:course_list.db", "rows").await?;
    fill(&log, 30_000).await?;

    let second = log.projection(second::courses(), &model)?;
    let first = log.projection(courses(), &model)?;
    match first.catch_up().await {
        Err(ProjectionError::Superseded { by }) => {
            catch_up(&second).await?;
            let title = format!("version {by} is live since an earlier run:");
            return Ok(show(&title, &model).await?);
        }
        caught_up => caught_up?,
    };

    // A runner keeps it up to date, in one of the processes that run it.
    let runner = Runner::new(&log).project(courses(), &model)?;
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let running = tokio::spawn(runner.run(async { stopped.await.unwrap_or(()) }));

    // A fact can be watched, too: nothing is stored for it.
    let mut watched = log.watch(seats_taken("cooking")).await?;
    println!("{} seat(s) taken in cooking", watched.states());
    let subscribed = StudentSubscribed {
        course: "cooking".into(),
        student: 1,
    };
    let position = log.append(subscribed).await?[0].position;
    println!("{} seat(s) taken in cooking", watched.changed().await?);

    // Whoever waits for the position of their event reads their own writes.
    first.wait_for(position, Duration::from_secs(5)).await?;
    show("version 1:", &model).await?;

    // Version 2 is built while version 1 is read, and then the view `courses` shows its rows.
    catch_up(&second).await?;
    show("version 2, the same for its readers:", &model).await?;
    let seats: i64 = sqlx::query_scalar("SELECT sum(seats) FROM courses")
        .fetch_one(model.pool())
        .await?;
    println!("and {seats} seats in all");

    let _ = stop.send(());
    for part in running.await? {
        println!(
            "{} v{} was {:?} at position {}",
            part.name, part.version, part.state, part.position
        );
    }
    Ok(())
}
