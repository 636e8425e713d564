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

async fn without_tables(db: &mut Db) -> Written {
    Ok(())
}

#[projection(setup = without_tables)]
async fn one(event: &TermStarted, db: &mut Db) -> Written {
    Ok(())
}

fn not_async(db: &mut Db, tables: &Tables) -> Written {
    Ok(())
}

#[projection(setup = not_async)]
async fn two(event: &TermStarted, db: &mut Db) -> Written {
    Ok(())
}

async fn no_result(db: &mut Db, tables: &Tables) {}

#[projection(setup = no_result)]
async fn three(event: &TermStarted, db: &mut Db) -> Written {
    Ok(())
}

#[projection(setup = missing)]
async fn four(event: &TermStarted, db: &mut Db) -> Written {
    Ok(())
}

fn main() {}
