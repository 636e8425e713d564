#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

fn is_big(_: &CourseEvent) -> bool {
    true
}

#[fact]
fn helper(n: u32, event: &CourseEvent) -> u32 {
    if is_big(event) { n + 1 } else { n }
}

#[fact]
fn alias(n: u32, event: &CourseEvent) -> u32 {
    let e = event;
    match e {
        CourseClosed { .. } => 0,
        _ => n,
    }
}

#[fact]
fn both(n: u32, event: &CourseEvent) -> u32 {
    if is_big(event) {
        return n;
    }
    match event {
        CourseClosed { .. } => 0,
    }
}

fn main() {}
