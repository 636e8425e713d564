#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[fact]
fn closed(n: bool, event: &CourseEvent) -> bool {
    match event {
        CourseEvent::CourseClsoed { .. } => true,
    }
}

fn main() {}
