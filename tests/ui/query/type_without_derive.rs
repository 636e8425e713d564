#![allow(unused)]
#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

enum Plain {
    A,
}

fn main() {
    let _ = query!(Plain::A);
}
