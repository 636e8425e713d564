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

#[projection(events(CourseClsoed, CourseClosed))]
async fn near(event: &CourseEvent, db: &mut Db) -> Written {
    Ok(())
}

#[projection(events(TermStarted))]
async fn of_another_type(events: &[Recorded<CourseEvent>], db: &mut Db) -> Written {
    Ok(())
}

#[projection(events(_))]
async fn wildcard(events: &[Recorded<CourseEvent>], db: &mut Db) -> Written {
    Ok(())
}

fn main() {}
