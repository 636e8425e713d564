#![allow(unused)]
#[path = "../courses.rs"]
mod courses;

use courses::*;
use factos::prelude::*;

#[derive(Clone, Facts)]
#[facts(course: impl AsRef<CourseId>)]
struct Overview {
    #[fact(seats_taken(course.as_ref()))]
    taken: u32,
}

fn main() {}
