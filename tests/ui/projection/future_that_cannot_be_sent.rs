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
async fn course_list(event: &TermStarted, db: &mut Db) -> Written {
    let shared = std::rc::Rc::new(3);
    db.write().await?;
    drop(shared);
    Ok(())
}

fn main() {}
