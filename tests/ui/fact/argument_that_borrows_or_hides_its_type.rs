#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[fact]
fn borrows(n: u32, event: &CourseEvent, name: Option<&str>) -> u32 {
    match event {
        StudentSubscribed { .. } => n + 1,
    }
}

#[fact]
fn hides(n: u32, event: &CourseEvent, name: impl Clone, (a, b): (u32, u32), c: &mut u32) -> u32 {
    match event {
        StudentSubscribed { .. } => n + 1,
    }
}

fn main() {}
