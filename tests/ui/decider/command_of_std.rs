#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[decider]
fn wait(cmd: &std::time::Duration) -> Option<CourseEvent> {
    None
}

#[decider]
fn name(cmd: &String, #[fact(seats_taken(&CourseId(cmd.clone())))] taken: u32) -> Option<CourseEvent> {
    None
}

#[decider]
fn both(cmd: &(Subscribe, Subscribe)) -> Option<CourseEvent> {
    None
}

fn main() {}
