#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[decider]
fn one(cmd: &Subscribe) -> Option<CourseEvent> {
    None
}

#[decider]
fn two(cmd: &Subscribe) -> Option<CourseEvent> {
    None
}

fn main() {}
