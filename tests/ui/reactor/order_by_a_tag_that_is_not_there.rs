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

#[reactor(order_by = cuorse)]
fn mail(event: &CourseEvent) {
    match event {
        CourseClosed { .. } | CourseDefined { .. } => {}
    }
}

#[reactor(order_by = student, all)]
fn of_all(event: &CourseEvent) {}

#[reactor(order_by = "a:b")]
fn no_key(event: &CourseEvent) {
    match event {
        CourseClosed { .. } => {}
    }
}

#[reactor(order_by = 3)]
fn no_word(event: &CourseEvent) {
    match event {
        CourseClosed { .. } => {}
    }
}

fn main() {}
