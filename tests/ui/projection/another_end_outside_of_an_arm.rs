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

async fn elsewhere() -> Written {
    Ok(())
}

#[projection]
async fn waits(event: &CourseEvent, db: &mut Db) -> Written {
    let ready = elsewhere().await;
    match event {
        CourseClosed { .. } => db.write().await,
    }
}

#[projection]
async fn leaves(event: &CourseEvent, db: &mut Db) -> Written {
    "3".parse::<u32>().map_err(|_| std::fmt::Error)?;
    match event {
        CourseClosed { .. } => db.write().await,
    }
}

#[projection]
async fn fails(event: &CourseEvent, db: &mut Db) -> Written {
    let CourseClosed { .. } = event else {
        return Err(std::fmt::Error);
    };
    db.write().await
}

#[projection]
async fn prints(event: &CourseEvent, db: &mut Db) -> Written {
    println!("an event");
    match event {
        CourseClosed { .. } => db.write().await,
    }
}

#[projection]
async fn computes(event: &CourseEvent, db: &mut Db) -> Written {
    if let CourseClosed { .. } = event {
        db.write().await?;
    }
    matches!(event, CourseClosed { .. }).then_some(()).ok_or(std::fmt::Error)
}

fn main() {}
