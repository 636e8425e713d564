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
fn mail(event: &CourseEvent, name: &&str, names: &Vec<&u8>, list: &std::cell::Ref<'_, u8>) {
    match event {
        CourseClosed { .. } => {}
    }
}

trait Sink {}

#[reactor]
fn hidden(event: &CourseEvent, any: &dyn Sink, other: &impl Sink) {
    match event {
        CourseClosed { .. } => {}
    }
}

fn main() {}
