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

#[projection(tables())]
async fn none(event: &TermStarted, db: &mut Db) -> Written {
    Ok(())
}

#[projection(tables(a, b, a))]
async fn twice(event: &TermStarted, db: &mut Db) -> Written {
    Ok(())
}

#[projection(tables("a"))]
async fn text(event: &TermStarted, db: &mut Db) -> Written {
    Ok(())
}

fn main() {}
