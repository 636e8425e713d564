#![allow(unused)]
#[path = "../courses.rs"]
mod courses;

use courses::*;
use factos::prelude::*;

#[derive(Clone, Facts)]
#[facts(course: &CourseId, crate = factos, crate = factos)]
struct Overview {
    #[fact(seats_taken(course))]
    taken: u32,
}

fn main() {}
