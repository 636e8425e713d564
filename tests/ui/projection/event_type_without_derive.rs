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

pub enum Plain {
    A,
}

#[projection]
async fn one(event: &Plain, db: &mut Db) -> Written {
    match event {
        Plain::A => Ok(()),
    }
}

#[projection]
async fn slice(events: &[Recorded<Plain>], db: &mut Db) -> Written {
    for event in events {
        match &event.data {
            Plain::A => db.write().await?,
        }
    }
    Ok(())
}

fn main() {}
