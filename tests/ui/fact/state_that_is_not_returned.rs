#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[fact]
fn seats(n: u32, event: &CourseEvent) {
    match event {
        StudentSubscribed { .. } => {}
    }
}

#[fact]
fn both(n: &mut u32, event: &CourseEvent) -> u32 {
    match event {
        StudentSubscribed { .. } => *n + 1,
    }
}

#[fact]
fn borrowed(n: &u32, event: &CourseEvent) -> u32 {
    match event {
        StudentSubscribed { .. } => *n + 1,
    }
}

#[fact]
fn unnamed(_: u32, event: &CourseEvent) -> u32 {
    match event {
        StudentSubscribed { .. } => 1,
    }
}

fn main() {}
