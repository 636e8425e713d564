#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[decider]
fn subscribe(cmd: &mut Subscribe, #[fact(seats_taken(&cmd.course))] taken: u32) -> CourseEvent {
    StudentSubscribed {
        course: cmd.course.clone(),
        student: StudentId(String::new()),
    }
}

fn main() {}
