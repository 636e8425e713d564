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
}

#[decider]
fn subscribe(cmd: &Subscribe, #[fact(Overview::facts(&cmd.course))] overview: &Overview) -> Option<CourseEvent> {
    None
}

fn main() {}
