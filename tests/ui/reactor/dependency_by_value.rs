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
async fn mail(event: &CourseEvent, mailer: Mailer, count: &mut u32) -> Sent {
    match event {
        CourseClosed { .. } => mailer.send().await,
    }
}

fn main2() {
    mail(Mailer, 3);
}

fn main() {}
