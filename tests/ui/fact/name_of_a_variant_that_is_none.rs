#[path = "../courses.rs"]
mod courses;

use courses::*;
use factos::prelude::*;

mod constants {
    use super::CourseEvent;
    #[allow(non_upper_case_globals)]
    pub const CourseClosed: Option<CourseEvent> = None;
}

#[fact]
fn not_imported(n: u32, event: &CourseEvent) -> u32 {
    match event {
        StudentSubscribed => n + 1,
    }
}

#[fact]
fn constant(n: u32, event: &CourseEvent) -> u32 {
    match event {
        constants::CourseClosed => n + 1,
    }
}

fn main() {}
