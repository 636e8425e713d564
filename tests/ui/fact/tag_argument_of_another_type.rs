#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[fact]
fn seats(n: u32, event: &CourseEvent, #[tag] course: &std::time::Duration) -> u32 {
    match event {
        StudentSubscribed { .. } => n + 1,
    }
}

fn main() {}
