#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[decider]
fn subscribe(
    cmd: &Subscribe,
    #[fact(seats_taken(&cmd.course))] _taken: u32,
    #[fact(seats_taken(&cmd.course))] _: u32,
    #[fact(gaurd, seats_taken(&cmd.course))] more: u32,
    #[fact(seats_taken(&cmd.course), seats_taken(&cmd.course))] two: (u32, u32),
) -> Option<CourseEvent> {
    None
}

fn main() {}
