// The twins of the cases that are refused: what to write instead.
#![deny(warnings)]
#![allow(dead_code)]
#[path = "../courses.rs"]
mod courses;

use courses::*;
use factos::prelude::*;

#[derive(Clone, Facts)]
#[facts(course: &CourseId)]
pub struct EachFieldHasOneFact {
    #[fact(seats_taken(course))]
    taken: u32,
    #[fact((seats_taken(course), seats_taken(course)))]
    pair: (u32, u32),
}

impl EachFieldHasOneFact {
    /// What is computed of other fields.
    fn free(&self) -> u32 {
        30 - self.taken
    }
}

#[derive(Clone, Facts)]
#[facts(course: CourseId, crate = ::factos)]
pub struct Unnamed(#[fact(seats_taken(&course))] u32, #[fact(EachFieldHasOneFact::facts(&course))] EachFieldHasOneFact);

#[decider]
fn subscribe(
    cmd: &Subscribe,
    #[fact(EachFieldHasOneFact::facts(&cmd.course))] overview: &EachFieldHasOneFact,
    #[fact(Unnamed::facts(cmd.course.clone()))] unnamed: Unnamed,
) -> Option<CourseEvent> {
    (overview.free() > unnamed.0).then(|| CourseEvent::CourseClosed { course: cmd.course.clone() })
}

fn main() {}
