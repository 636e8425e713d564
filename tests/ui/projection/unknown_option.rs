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

#[projection(vresion = 2)]
async fn course_list(event: &TermStarted, db: &mut Db) -> Written {
    Ok(())
}

#[projection(name = "a", name = "b")]
async fn twice(event: &TermStarted, db: &mut Db) -> Written {
    Ok(())
}

fn main() {}
