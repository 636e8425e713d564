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
async fn nothing(event: &CourseEvent, db: &mut Db) -> Written {
    Ok(())
}

#[projection]
async fn nothing_in_a_slice(events: &[Recorded<CourseEvent>], db: &mut Db) -> Written {
    db.write().await
}

fn main() {}
