#![allow(unused_macros, unused_imports)]
#[path = "../courses.rs"]
mod courses;

use courses::*;
use factos::prelude::*;

mod mine {
    macro_rules! anything {
        ($($tokens:tt)*) => {
            true
        };
    }
    pub(crate) use anything as matches;
}

#[fact]
fn by_its_path(n: u32, event: &CourseEvent) -> u32 {
    if let CourseEvent::CourseDefined { .. } = event {
        n + 2
    } else if mine::matches!(event, CourseEvent::CourseClosed { .. }) {
        n + 1
    } else {
        n
    }
}

#[fact]
fn imported_in_the_body(n: u32, event: &CourseEvent) -> u32 {
    use mine::matches;
    if matches!(event, CourseEvent::CourseClosed { .. }) { n + 1 } else { n }
}

fn main() {}
