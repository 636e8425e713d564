#![allow(unused)]
#[path = "../courses.rs"]
mod courses;

use courses::*;
use factos::prelude::*;

#[derive(Command)]
#[command(error = String, error = String)]
enum CourseCommand {
    Subscribe(Subscribe),
}

fn main() {}
