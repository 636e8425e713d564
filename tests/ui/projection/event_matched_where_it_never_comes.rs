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
async fn tried(event: &CourseEvent, db: &mut Db) -> Written {
    match event {
        CourseClosed { .. } => db.write().await,
    }?;
    match event {
        CourseDefined { .. } => db.write().await,
        _ => Ok(()),
    }
}

#[projection]
async fn in_a_loop(events: &[Recorded<CourseEvent>], db: &mut Db) -> Written {
    for event in events {
        let CourseClosed { .. } = &event.data else {
            continue;
        };
        if let CourseDefined { .. } = &event.data {
            db.write().await?;
        }
    }
    Ok(())
}

fn main() {}
