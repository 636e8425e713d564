#![allow(unused)]
#[path = "../courses.rs"]
mod courses;

use courses::*;
use factos::prelude::*;

#[derive(Clone, Facts)]
#[facts(course: &CourseId)]
struct Overview {
    #[fact(seats_taken(course))]
    #[fact(seats_taken(course))]
    taken: u32,
    #[fact(seats_taken(course), seats_taken(course))]
    pair: (u32, u32),
}

fn main() {}
