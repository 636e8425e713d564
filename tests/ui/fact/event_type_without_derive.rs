#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

pub enum Plain {
    A { x: u32 },
}

#[fact]
fn a(n: u32, event: &Plain) -> u32 {
    match event {
        Plain::A { .. } => n + 1,
    }
}

fn main() {}
