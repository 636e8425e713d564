#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[fact]
fn changes(n: u32, event: &CourseEvent, #[tag] student: &StudentId) -> u32 {
    match event {
        CourseDefined { .. } | StudentSubscribed { .. } => n + 1,
        CourseClosed { .. } => 0,
    }
}

fn main() {}
