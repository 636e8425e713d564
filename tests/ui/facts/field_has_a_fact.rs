#![allow(unused)]
#[path = "../courses.rs"]
mod courses;

use courses::*;
use factos::prelude::*;

#[derive(Clone, Facts)]
#[facts(course: &CourseId)]
struct Overview {
    #[fact(seats_taken(course))]
    taken: u32,
    free: u32,
}

#[derive(Clone, Facts)]
struct Unnamed(u32, #[fact] u32, #[fact()] u32);

fn main() {}
