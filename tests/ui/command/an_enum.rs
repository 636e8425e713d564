#![allow(unused)]
#[path = "../courses.rs"]
mod courses;

use courses::*;
use factos::prelude::*;

#[derive(Command)]
struct Open {
    course: CourseId,
}

#[derive(Command)]
union Either {
    a: u32,
    b: f32,
}

fn main() {}
