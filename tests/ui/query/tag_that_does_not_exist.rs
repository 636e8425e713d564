#![allow(unused)]
#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

fn main() {
    let student = StudentId("s".into());
    let _ = query!(CourseClosed { student });
    let _ = query!(StudentSubscribed { studnet: &student });
    let _ = query!(TermStarted { year: 3 });
}
