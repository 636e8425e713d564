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
        _ => 0,
    }
}

#[fact]
fn others(n: u32, event: &CourseEvent) -> u32 {
    match event {
        CourseClosed { .. } => n,
        other if n > 3 => {
            drop(other.clone());
            n + 1
        }
    }
}

#[fact]
fn pairs(n: u32, event: &CourseEvent) -> u32 {
    match (n, event) {
        (n, CourseClosed { .. }) => n,
        (0, _) => 1,
        (_, _) => unreachable!(),
    }
}

fn main() {}
