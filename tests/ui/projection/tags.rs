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
async fn course_list(event: &CourseEvent, db: &mut Db) -> Written {
    match event {
        #[tags(course)]
        CourseClosed { .. } => Ok(()),
    }
}

#[projection(events(#[tags(course)] CourseClosed))]
async fn listed(event: &CourseEvent, db: &mut Db) -> Written {
    Ok(())
}

fn main() {}
