#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[decider]
fn subscribe(cmd: &Subscribe, #[fact(cmd.course.clone())] taken: CourseId) -> Option<CourseEvent> {
    None
}

fn main() {}
