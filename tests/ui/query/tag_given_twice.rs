#![allow(unused)]
#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

fn main() {
    let (a, b) = (CourseId("a".into()), CourseId("b".into()));
    let _ = query!(CourseClosed { course: a, course: b });
}
