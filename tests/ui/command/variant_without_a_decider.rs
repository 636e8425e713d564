#![allow(unused)]
#[path = "../courses.rs"]
mod courses;

use courses::*;
use factos::prelude::*;

#[decider]
fn subscribe(cmd: &Subscribe) -> Result<CourseEvent, String> {
    Err(String::new())
}

#[derive(Command)]
enum CourseCommand {
    Subscribe(Subscribe),
    Course(CourseId),
}

fn main() {}
