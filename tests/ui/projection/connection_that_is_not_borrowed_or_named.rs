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
async fn by_value(event: &TermStarted, db: Db) -> Written {
    Ok(())
}

#[projection]
async fn shared(event: &TermStarted, db: &Db) -> Written {
    Ok(())
}

#[projection]
async fn hidden(event: &TermStarted, db: &mut impl Send) -> Written {
    Ok(())
}

#[projection]
async fn borrowing(event: &TermStarted, db: &mut std::slice::Iter<'_, Db>) -> Written {
    Ok(())
}

#[projection]
async fn taken_apart(event: &TermStarted, Db {}: &mut Db) -> Written {
    Ok(())
}

fn main() {}
