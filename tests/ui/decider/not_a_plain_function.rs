#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[decider]
const unsafe extern "C" fn subscribe(cmd: &Subscribe) -> Option<CourseEvent> {
    None
}

fn main() {}
