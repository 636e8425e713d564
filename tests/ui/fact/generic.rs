#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[fact]
fn seats<T: Clone>(n: u32, event: &CourseEvent, limit: T) -> u32 {
    match event {
        StudentSubscribed { .. } => n + 1,
    }
}

fn main() {}
