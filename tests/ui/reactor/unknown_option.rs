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

#[reactor(order = course)]
fn mail(event: &CourseEvent) {
    match event {
        CourseClosed { .. } => {}
    }
}

#[reactor(version = 2, all, all)]
fn versioned(event: &CourseEvent) {}

fn main() {}
