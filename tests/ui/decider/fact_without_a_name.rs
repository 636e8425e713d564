#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[decider]
fn subscribe(
    cmd: &Subscribe,
    #[fact] taken: u32,
    #[fact()] more: u32,
    #[fact(seats_taken(&cmd.course))]
    #[fact(seats_taken(&cmd.course))]
    twice: u32,
) -> Option<CourseEvent> {
    None
}

fn main() {}
