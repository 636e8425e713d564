#![allow(unused)]
#[path = "../courses.rs"]
mod courses;

use courses::*;
use factos::prelude::*;

#[derive(Clone, Facts)]
#[facts(crat = factos, course, other = 3)]
struct Overview {
    #[fact(seats_taken(course))]
    taken: u32,
}

#[derive(Clone, Facts)]
#[facts("course")]
struct Other {
    #[fact(seats_taken(course))]
    taken: u32,
}

fn main() {}
