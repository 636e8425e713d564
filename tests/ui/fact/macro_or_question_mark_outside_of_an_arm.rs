#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[fact]
fn leaves(n: Option<u32>, event: &CourseEvent, by: Option<u32>) -> Option<u32> {
    let by = by?;
    match event {
        StudentSubscribed { .. } => Some(n? + by),
    }
}

#[fact]
fn hidden(n: u32, event: &CourseEvent) -> u32 {
    println!("fold");
    match event {
        StudentSubscribed { .. } => n + 1,
    }
}

fn main() {}
