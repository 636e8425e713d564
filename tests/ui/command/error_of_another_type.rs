#![allow(unused)]
#[path = "../courses.rs"]
mod courses;

use courses::*;
use factos::prelude::*;

#[decider]
fn subscribe(cmd: &Subscribe) -> Result<CourseEvent, String> {
    Err(String::new())
}

struct Close;

#[derive(Debug)]
struct CloseError;

#[decider]
fn close(cmd: &Close) -> Result<CourseEvent, CloseError> {
    Err(CloseError)
}

#[derive(Command)]
enum CourseCommand {
    Subscribe(Subscribe),
    Close(Close),
}

fn main() {}
