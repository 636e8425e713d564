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

#[projection(version = 0)]
async fn zero(event: &TermStarted, db: &mut Db) -> Written {
    Ok(())
}

#[projection(version = "2")]
async fn text(event: &TermStarted, db: &mut Db) -> Written {
    Ok(())
}

fn main() {}
