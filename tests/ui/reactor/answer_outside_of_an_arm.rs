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
fn mail(event: &CourseEvent) -> Option<Reopen> {
    match event {
        CourseClosed { course } => Some(Reopen { course: course.clone() }),
        other => Some(Reopen { course: CourseId("c".into()) }),
    }
}

#[reactor]
fn behind(event: &CourseEvent) -> Result<Option<Reopen>, String> {
    if let CourseClosed { course } = event {
        return Ok(None);
    }
    Ok(Some(Reopen { course: CourseId("c".into()) }))
}

fn main() {}
