#![allow(unused)]
#[path = "../courses.rs"]
mod courses;

use courses::*;
use factos::prelude::*;

#[derive(Clone, Facts)]
#[facts(course: &CourseId)]
struct Overview<T> {
    #[fact(seats_taken(course))]
    taken: T,
}

fn main() {}
