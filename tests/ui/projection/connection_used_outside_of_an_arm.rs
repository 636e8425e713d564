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
async fn in_front(event: &CourseEvent, db: &mut Db) -> Written {
    db.write().await?;
    match event {
        CourseClosed { .. } => Ok(()),
    }
}

#[projection]
async fn behind(event: &CourseEvent, db: &mut Db) -> Written {
    if let CourseClosed { .. } = event {
        db.write().await?;
    }
    db.write().await
}

#[projection]
async fn in_another_arm(event: &Recorded<CourseEvent>, db: &mut Db) -> Written {
    match &event.data {
        CourseClosed { .. } => Ok(()),
        _ => db.write().await,
    }
}

#[projection]
async fn beside_the_event(event: &CourseEvent, db: &mut Db) -> Written {
    match (event, db) {
        (CourseClosed { .. }, db) => db.write().await,
        (_, db) => db.write().await,
    }
}

fn main() {}
