#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[fact(all)]
fn seats(n: u32, event: &CourseEvent, #[tag] student: &StudentId) -> u32 {
    n + 1
}

fn main() {}
