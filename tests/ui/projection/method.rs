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

impl Db {
    #[projection]
    async fn course_list(&mut self, event: &CourseEvent) -> Written {
        match event {
            CourseClosed { .. } => Ok(()),
        }
    }
}

fn main() {}
