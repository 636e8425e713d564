#![allow(unused)]
#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

fn main() {
    let _ = query!("CourseClosed");
    let _ = query!(CourseClosed | 3);
}
