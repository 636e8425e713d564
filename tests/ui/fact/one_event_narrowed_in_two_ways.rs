#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[fact]
fn seats(n: u32, event: &CourseEvent, #[tag] course: &CourseId, #[tag] student: &StudentId) -> u32 {
    match event {
        #[tags(course)]
        StudentSubscribed { .. } if n > 3 => n + 2,
        StudentSubscribed { .. } => n + 1,
    }
}

fn main() {}
