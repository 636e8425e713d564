#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[fact]
fn seats(n: u32, event: &CourseEvent, #[tag] course: &StudentId) -> u32 {
    match event {
        StudentSubscribed { .. } => n + 1,
    }
}

#[fact]
fn closed(n: bool, event: &CourseEvent, #[tag] course: &str) -> bool {
    match event {
        CourseClosed { .. } => true,
    }
}

fn main() {}
