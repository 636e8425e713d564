#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[fact]
fn share(n: u32, event: &CourseEvent, limit: f64) -> u32 {
    match event {
        StudentSubscribed { .. } if f64::from(n) < limit => n + 1,
        StudentSubscribed { .. } => n,
    }
}

fn main() {}
