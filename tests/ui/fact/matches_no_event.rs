#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[fact]
fn nothing(n: u32, event: &CourseEvent) -> u32 {
    n
}

fn main() {}
