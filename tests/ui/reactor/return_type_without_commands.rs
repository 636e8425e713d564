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
fn mail(event: &TermStarted) -> u32 {
    event.year
}

#[reactor]
fn results(event: &TermStarted) -> Result<Vec<String>, String> {
    Ok(vec![])
}

#[reactor]
fn hidden(event: &TermStarted) -> Option<impl Clone> {
    Some(3)
}

#[reactor]
fn borrowed(event: &TermStarted) -> Option<&u32> {
    None
}

fn main() {}
