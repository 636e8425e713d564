#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[fact]
fn seats(n: u32, event: &CourseEvent, #[tag] course: &CourseId) -> u32 {
    match event {
        #[tags(cuorse)]
        StudentSubscribed { .. } => n + 1,
        #[tags]
        CourseClosed { .. } => 0,
        #[tags(course)]
        _ => n,
    }
}

fn main() {}
