#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[fact]
fn seats(n: u32, event: &CourseEvent) -> u32 {
    if let StudentSubscribed { .. } = event { n + 1 } else { n + 2 }
}

#[fact]
fn let_else(n: u32, event: &CourseEvent) -> u32 {
    let StudentSubscribed { .. } = event else {
        return n + 2;
    };
    n + 1
}

#[fact]
fn result(n: bool, event: &CourseEvent) -> bool {
    let hit = matches!(event, StudentSubscribed { .. });
    hit
}

#[fact]
fn tail(n: bool, event: &CourseEvent) -> bool {
    if let CourseClosed { .. } = event {
        return true;
    }
    false
}

fn main() {}
