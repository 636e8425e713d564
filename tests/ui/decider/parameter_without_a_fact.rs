#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[decider]
fn subscribe(cmd: &Subscribe, now: u64, #[fact(seats_taken(&cmd.course))] taken: u32) -> Option<CourseEvent> {
    None
}

fn main() {}
