#![allow(unused, non_snake_case)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

struct Db;

type Written = Result<(), std::fmt::Error>;

#[projection(tables(Courses))]
async fn named(event: &TermStarted, db: &mut Db) -> Written {
    Ok(())
}

#[projection]
async fn courseList(event: &TermStarted, db: &mut Db) -> Written {
    Ok(())
}

#[projection(name = "überblick")]
async fn overview(event: &TermStarted, db: &mut Db) -> Written {
    Ok(())
}

fn main() {}
