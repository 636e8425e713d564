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

#[projection(nmae = "courses", version = 2)]
fn course_list(event: &CourseEvent, db: &mut Db) -> Written {
    match event {
        CourseClosed { .. } => Ok(()),
        _ => Err(std::fmt::Error),
    }
}

fn main() {}
