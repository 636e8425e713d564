#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[decider]
fn subscribe(cmd: &Subscribe) -> Result<impl Sized, String> {
    Ok::<u32, String>(1)
}

pub struct Other;

#[decider]
fn other(cmd: &Other) {}

pub struct Third;

#[decider]
fn third(cmd: &Third) -> Result<CourseEvent, &str> {
    Err("no")
}

fn main() {}
