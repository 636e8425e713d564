#[path = "../courses.rs"]
mod courses;

use courses::*;
use factos::prelude::*;

use CourseEvent::StudentSubscribed;

#[fact]
fn imported(n: u32, event: &CourseEvent) -> u32 {
    match event {
        StudentSubscribed => n + 1,
    }
}

#[fact]
fn in_matches(n: u32, event: &CourseEvent) -> u32 {
    if matches!((n, event), (3, StudentSubscribed)) { n + 1 } else { n }
}

fn main() {}
