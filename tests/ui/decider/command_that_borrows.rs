#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

pub struct Rename<'a> {
    pub name: &'a str,
}

#[decider]
fn rename(cmd: &Rename<'_>, #[fact(seats_taken(&CourseId(cmd.name.into())))] taken: u32) -> Option<CourseEvent> {
    None
}

#[decider]
fn again<'a>(cmd: &Rename<'a>) -> Option<CourseEvent> {
    None
}

fn main() {}
