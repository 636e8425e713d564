#![allow(unused)]
#[path = "../courses.rs"]
mod courses;

use courses::*;
use factos::prelude::*;

#[derive(Command)]
enum Nothing {}

fn main() {}
