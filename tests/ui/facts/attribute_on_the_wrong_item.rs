#![allow(unused)]
#[path = "../courses.rs"]
mod courses;

use courses::*;
use factos::prelude::*;

#[derive(Clone, Facts)]
#[fact(course: &CourseId)]
struct Overview {
    #[facts(seats_taken(course))]
    taken: u32,
}

fn main() {}
