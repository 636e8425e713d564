#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

impl Subscribe {
    #[decider]
    fn decide_it(&mut self, #[fact(seats_taken(&self.course))] taken: u32) -> Option<CourseEvent> {
        None
    }
}

fn main() {}
