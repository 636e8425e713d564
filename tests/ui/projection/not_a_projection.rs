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

fn runs<C, P: factos::Projection<C>>(_: P) {}

#[projection]
async fn course_list(event: &TermStarted, db: &mut Db) -> Written {
    Ok(())
}

async fn plain(event: &TermStarted, db: &mut Db) -> Written {
    Ok(())
}

fn run() {
    runs::<String, _>(course_list());
    runs::<Db, _>(plain);
}

fn main() {}
