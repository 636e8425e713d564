#![allow(unused)]
#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

use CourseEvent::CourseClosed as CourseClose;
use CourseEvent::CourseDefined as Begun;

fn main() {
    let _ = query!(CourseClose);
    let _ = query!(Begun);
}
