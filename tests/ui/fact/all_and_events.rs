#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[fact(all, events(CourseClosed))]
fn seats(n: u32, event: &CourseEvent) -> u32 {
    n + 1
}

#[fact(events())]
fn none(n: u32, event: &CourseEvent) -> u32 {
    n + 1
}

#[fact(events(_, closed))]
fn any(n: u32, event: &CourseEvent) -> u32 {
    n + 1
}

fn main() {}
