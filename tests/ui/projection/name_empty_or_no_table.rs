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

#[projection(name = "")]
async fn empty(event: &TermStarted, db: &mut Db) -> Written {
    Ok(())
}

#[projection(name = "course list")]
async fn two_words(event: &TermStarted, db: &mut Db) -> Written {
    Ok(())
}

fn main() {}
