#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[decider]
async fn subscribe(cmd: Subscribe, now: u64) -> impl Sized {
    1
}

fn main() {}
