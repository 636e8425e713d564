#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

struct Mailer;

impl Mailer {
    async fn send(&self) -> Result<(), std::fmt::Error> {
        Ok(())
    }
}

type Sent = Result<(), std::fmt::Error>;

struct Reopen {
    course: CourseId,
}

#[decider]
fn reopen(_: &Reopen) -> Option<CourseEvent> {
    None
}

#[reactor]
async fn mail(event: &CourseEvent, mailer: &Mailer) -> Sent {
    mailer.send().await?;
    match event {
        CourseClosed { .. } => Ok(()),
    }
}

fn count() {}

#[reactor]
fn counts(event: &CourseEvent) {
    count();
    println!("an event");
    match event {
        CourseClosed { .. } => {}
    }
}

fn main() {}
