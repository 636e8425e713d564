#![allow(unused)]
#[path = "../courses.rs"]
mod courses;

use courses::*;
use factos::prelude::*;

#[derive(Clone, Facts)]
#[facts(course: &CourseId)]
struct Overview {
    #[fact(course.clone())]
    course: CourseId,
}

fn main() {}
