#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[decider]
fn subscribe(#[fact(seats_taken(&cmd.course))] cmd: &Subscribe) -> Option<CourseEvent> {
    None
}

fn main() {}
