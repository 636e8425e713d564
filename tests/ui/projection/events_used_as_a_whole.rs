#![allow(unused)]

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

#[projection]
async fn counted(events: &[Recorded<CourseEvent>], db: &mut Db) -> Written {
    let mut n = 0;
    for event in events {
        match &event.data {
            CourseClosed { .. } => n += events.len(),
        }
    }
    println!("{events:?}");
    db.write().await
}

#[projection]
async fn filtered(events: &[Recorded<CourseEvent>], db: &mut Db) -> Written {
    let n = events.iter().filter(|event| matches!(event.data, CourseClosed { .. })).count();
    db.write().await
}

#[projection]
async fn numbered(events: &[Recorded<CourseEvent>], db: &mut Db) -> Written {
    for (i, event) in events.iter().enumerate() {
        match &event.data {
            CourseClosed { .. } => db.write().await?,
            _ => {}
        }
    }
    Ok(())
}

#[projection]
async fn hidden(events: &[Recorded<CourseEvent>], db: &mut Db) -> Written {
    for event in events {
        match &event.data {
            CourseClosed { .. } => db.write().await?,
        }
    }
    let events = 3;
    Ok(())
}

fn main() {}
