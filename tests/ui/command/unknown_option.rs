#![allow(unused)]
#[path = "../courses.rs"]
mod courses;

use courses::*;
use factos::prelude::*;

#[derive(Command)]
#[command(eror = String, crate = factos)]
enum CourseCommand {
    #[command(error = String)]
    Subscribe(#[command] Subscribe),
}

fn main() {}
