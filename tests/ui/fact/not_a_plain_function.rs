#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[fact]
async unsafe extern "C" fn seats(n: u32, event: &CourseEvent) -> u32 {
    match event {
        StudentSubscribed { .. } => n + 1,
    }
}

#[fact]
const fn other(n: u32, event: &CourseEvent) -> u32 {
    match event {
        StudentSubscribed { .. } => n + 1,
    }
}

fn main() {}
