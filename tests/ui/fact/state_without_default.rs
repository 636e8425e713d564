#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[derive(Clone)]
pub enum Lamp {
    On,
}

#[fact]
fn lamp(lamp: Lamp, event: &CourseEvent) -> Lamp {
    match event {
        CourseClosed { .. } => Lamp::On,
    }
}

fn main() {}
