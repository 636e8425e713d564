#![allow(unused)]
#[path = "../courses.rs"]
mod courses;

use courses::*;
use factos::prelude::*;

#[derive(Command)]
enum CourseCommand {
    Nothing,
    Empty(),
    Two(Subscribe, Subscribe),
    Named { cmd: Subscribe },
}

fn main() {}
