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
async fn nothing() -> Written {
    Ok(())
}

#[projection]
async fn no_connection(event: &CourseEvent) -> Written {
    Ok(())
}

fn main() {}
