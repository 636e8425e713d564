// The twins of the cases that are refused: what to write instead.
#![deny(warnings)]
#![allow(dead_code)]
#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

struct Db;

impl Db {
    async fn write(&mut self) -> Result<(), std::fmt::Error> {
        Ok(())
    }
}

type Written = Result<(), std::fmt::Error>;

fn is_big(_: &CourseEvent) -> bool {
    true
}

#[projection(name = "course list", version = 2, setup = make, tables(courses, r#in))]
async fn second_version(event: &Recorded<CourseEvent>, db: &mut Db, _tables: &Tables) -> Written {
    let at = event.recorded_at;
    match &event.data {
        CourseClosed { .. } if is_big(&event.data) && at == event.recorded_at => db.write().await,
        _ => Ok(()),
    }
}

async fn make(db: &mut Db, _: &Tables) -> Written {
    db.write().await
}

#[projection]
async fn two_matches(event: &CourseEvent, db: &mut Db) -> Written {
    let text = String::new();
    match event {
        CourseClosed { .. } => db.write().await?,
    }
    if let CourseDefined { .. } = event
        && text.is_empty()
    {
        db.write().await?;
    }
    Ok(())
}

#[projection]
async fn results_tried(event: &CourseEvent, db: &mut Db) -> Written {
    match event {
        CourseClosed { .. } => db.write().await,
        _ => Ok(()),
    }?;
    Ok(())
}

#[projection]
async fn else_that_ends(event: &CourseEvent, db: &mut Db) -> Written {
    let CourseClosed { .. } = event else {
        return Ok(());
    };
    db.write().await
}

#[projection]
async fn gathered(events: &[Recorded<CourseEvent>], db: &mut Db) -> Written {
    let mut n = 0;
    for event in events.iter().rev() {
        let id = event.id.to_string();
        match &event.data {
            CourseClosed { .. } if id.is_empty() => break,
            CourseClosed { .. } => n += 1,
            _ => continue,
        }
    }
    for event in events {
        let CourseDefined { capacity, .. } = &event.data else {
            continue;
        };
        n += capacity;
    }
    if n > 0 {
        println!("{n}");
        db.write().await?;
    }
    Ok(())
}

#[projection(events(CourseClosed, CourseDefined))]
async fn events_listed(events: &[Recorded<CourseEvent>], db: &mut Db) -> Written {
    println!("{}", events.len());
    db.write().await
}

#[projection(all)]
async fn all_events(event: &CourseEvent, db: &mut Db) -> Written {
    if is_big(event) { db.write().await } else { Ok(()) }
}

#[projection]
async fn a_struct(event: &TermStarted, db: &mut Db) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    println!("{}", event.year);
    Ok(db.write().await?)
}

#[projection]
async fn structs(events: &[Recorded<TermStarted>], db: &mut Db) -> Result<(), String> {
    println!("{}", events.len());
    db.write().await.map_err(|error| error.to_string())
}

#[projection]
#[allow(clippy::ptr_arg, reason = "attributes stay with the function")]
async fn other_connection(_: &TermStarted, db: &mut Vec<u32>) -> Result<(), std::num::ParseIntError> {
    db.push("3".parse()?);
    Ok(())
}

fn runs<C>(_: impl factos::Projection<C>) {}

fn main() {
    runs(gathered());
    runs::<Vec<u32>>(other_connection());
}
