#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[decider]
fn subscribe(cmd: &Subscribe) -> Result<u32, String> {
    Ok(1)
}

fn main() {}
