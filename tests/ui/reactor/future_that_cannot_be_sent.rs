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
async fn mail(event: &TermStarted, mailer: &Mailer) -> Sent {
    let shared = std::rc::Rc::new(3);
    mailer.send().await?;
    drop(shared);
    Ok(())
}

fn main() {}
