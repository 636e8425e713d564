#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[fact]
fn closed(closed: bool, event: &CourseEvent, #[tag(cuorse)] course: &CourseId) -> bool {
    match event {
        CourseClosed { .. } => true,
    }
}

fn main() {}
