#![allow(unused)]
#[path = "../courses.rs"]
mod courses;

use courses::*;
use factos::prelude::*;

#[derive(Clone, Facts)]
#[facts(course: &CourseId)]
enum Overview {
    Taken(u32),
}

#[derive(Clone, Copy, Facts)]
union Either {
    a: u32,
    b: f32,
}

fn main() {}
