#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[fact]
fn seats(n: u32, event: &CourseEvent) -> u32 {
    match event {
        StudentSubscribed { .. } => n + 1,
        const { panic!() } => 0,
    }
}

fn main() {}
