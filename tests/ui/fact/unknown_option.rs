#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[fact(evnets(CourseClosed), inital = 3)]
fn seats(n: u32, event: &CourseEvent) -> u32 {
    match event {
        StudentSubscribed { .. } => n + 1,
    }
}

fn main() {}
