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
async fn missing(event: &TermStarted, db: &mut Db) {}

#[projection]
async fn number(event: &TermStarted, db: &mut Db) -> u32 {
    3
}

#[projection]
async fn value(event: &TermStarted, db: &mut Db) -> Result<u64, std::fmt::Error> {
    Ok(3)
}

#[projection]
async fn hidden(event: &TermStarted, db: &mut Db) -> Result<(), impl std::error::Error> {
    Ok::<(), std::fmt::Error>(())
}

fn main() {}
