#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[decider]
fn wait(cmd: &serde_json::Value) -> Option<CourseEvent> {
    None
}

fn main() {}
