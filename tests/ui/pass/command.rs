// The twins of the cases that are refused: what to write instead.
#![deny(warnings)]
#![allow(dead_code)]
#[path = "../courses.rs"]
mod courses;

use courses::*;
use factos::prelude::*;

#[decider]
fn subscribe(_: &Subscribe) -> Result<CourseEvent, String> {
    Err(String::new())
}

struct Close;

struct CloseError;

#[decider]
fn close(_: &Close) -> Result<CourseEvent, CloseError> {
    Err(CloseError)
}

/// An enum whose variants hold one command each, all rejected with one error.
#[derive(Command)]
enum OneCommand {
    Subscribe(Subscribe),
    Again(Box<Subscribe>),
}

enum CourseError {
    Subscribe(String),
    Close,
}

impl From<String> for CourseError {
    fn from(text: String) -> Self {
        Self::Subscribe(text)
    }
}

impl From<CloseError> for CourseError {
    fn from(_: CloseError) -> Self {
        Self::Close
    }
}

#[derive(Command)]
#[command(error = CourseError, crate = ::factos)]
enum ErrorOfAnotherType {
    One(OneCommand),
    Close(Close),
}

fn main() {
    let _ = ErrorOfAnotherType::Close(Close);
}
