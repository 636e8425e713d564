#![allow(unused)]
#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

fn main() {
    let _ = query!(CourseClosed { "a:b": "c" });
    let _ = query!(CourseClosed { "": "c" });
}
