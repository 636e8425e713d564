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
        n += 1;
        match &event.data {
            CourseClosed { .. } => n += 1,
        }
    }
    db.write().await
}

#[projection]
async fn stopped(events: &[Recorded<CourseEvent>], db: &mut Db) -> Written {
    for event in events {
        match &event.data {
            CourseClosed { .. } => db.write().await?,
            _ => break,
        }
    }
    Ok(())
}

#[projection]
async fn left(events: &[Recorded<CourseEvent>], db: &mut Db) -> Written {
    for event in events {
        let CourseClosed { .. } = &event.data else {
            return Ok(());
        };
        db.write().await?;
    }
    Ok(())
}

#[projection]
async fn without_a_name(events: &[Recorded<CourseEvent>], db: &mut Db) -> Written {
    let mut n = 0;
    for event in events {
        if let CourseClosed { .. } = &event.data {
            n += 1;
        }
    }
    for _ in events {
        n += 1;
    }
    Ok(())
}

fn main() {}
