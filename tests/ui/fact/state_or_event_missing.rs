#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[fact]
fn nothing() {}

#[fact]
fn no_event(n: u32) -> u32 {
    n
}

fn main() {}
