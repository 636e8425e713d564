#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

use CourseEvent::CourseClosed as Closed;

#[fact]
fn closed(n: bool, event: &CourseEvent) -> bool {
    match event {
        Closed { .. } => true,
    }
}

fn main() {}
