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

fn is_big(_: &CourseEvent) -> bool {
    true
}

#[projection]
async fn helper(event: &CourseEvent, db: &mut Db) -> Written {
    if is_big(event) {
        return Ok(());
    }
    match event {
        CourseClosed { .. } => db.write().await,
    }
}

#[projection]
async fn only(event: &CourseEvent, db: &mut Db) -> Written {
    let big = is_big(event);
    Ok(())
}

fn main() {}
