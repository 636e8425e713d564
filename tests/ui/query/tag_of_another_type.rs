#![allow(unused)]
#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

fn main() {
    let student = StudentId("s".into());
    let _ = query!(CourseClosed { course: "c" });
    let _ = query!(StudentSubscribed { course: &student, student });
}
