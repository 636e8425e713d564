#[path = "../courses.rs"]
mod courses;

use courses::*;
use factos::prelude::*;

#[fact]
fn changed_by_the_other_name(n: &mut u32, event: &CourseEvent) {
    match (n, event) {
        (m, CourseEvent::CourseClosed { .. }) => *m += 1,
        (m, _) => *m += 5,
    }
}

#[fact]
fn changed_by_its_raw_name(mut n: u32, event: &CourseEvent) -> u32 {
    r#n += 1;
    match event {
        CourseEvent::CourseClosed { .. } => n,
    }
}

fn main() {}
