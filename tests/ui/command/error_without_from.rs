#![allow(unused)]
#[path = "../courses.rs"]
mod courses;

use courses::*;
use factos::prelude::*;

#[decider]
fn subscribe(cmd: &Subscribe) -> Result<CourseEvent, String> {
    Err(String::new())
}

struct CourseError;

#[derive(Command)]
#[command(error = CourseError)]
enum CourseCommand {
    Subscribe(Subscribe),
}

fn main() {}
