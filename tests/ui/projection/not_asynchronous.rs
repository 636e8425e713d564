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
fn course_list(event: &CourseEvent, db: &mut Db) -> Written {
    match event {
        CourseClosed { .. } => Ok(()),
    }
}

fn main() {}
