#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[decider]
fn subscribe(cmd: &Subscribe, #[fact(seats_taken(&cmd.course))] taken: u64) -> Option<CourseEvent> {
    None
}

fn main() {}
