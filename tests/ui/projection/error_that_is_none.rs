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

struct Broken;

type Counted = Result<u64, std::fmt::Error>;

#[projection]
async fn no_error(event: &TermStarted, db: &mut Db) -> Result<(), Broken> {
    Ok(())
}

#[projection]
async fn not_sent(event: &TermStarted, db: &mut Db) -> Result<(), Box<dyn std::error::Error>> {
    Ok(())
}

#[projection]
async fn an_alias(event: &TermStarted, db: &mut Db) -> Counted {
    Ok(3)
}

fn main() {}
