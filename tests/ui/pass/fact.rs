// The twins of the cases that are refused: what to write instead.
#![deny(warnings)]
#![allow(dead_code)]
#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

fn is_big(_: &CourseEvent) -> bool {
    true
}

#[fact]
fn tags_on_an_arm(n: u32, event: &CourseEvent, #[tag] course: &CourseId, #[tag] student: &StudentId) -> u32 {
    match event {
        #[tags(course)]
        CourseDefined { .. } | CourseClosed { .. } => 0,
        StudentSubscribed { .. } => n + 1,
    }
}

#[fact]
fn tag_of_the_same_type(n: u32, event: &CourseEvent, #[tag(course)] id: &CourseId) -> u32 {
    match event {
        CourseClosed { .. } => n + 1,
    }
}

#[fact]
fn wildcards_that_keep(n: u32, event: &CourseEvent) -> u32 {
    match (n, event) {
        (0, CourseClosed { .. }) => 1,
        (kept, _) => kept,
    }
}

#[fact]
fn else_that_keeps(n: u32, event: &CourseEvent) -> u32 {
    if let CourseClosed { .. } = event { n + 1 } else { n }
}

#[fact(events(CourseClosed))]
fn events_listed(n: u32, event: &CourseEvent) -> u32 {
    if is_big(event) { n + 1 } else { n + 2 }
}

#[fact(all)]
fn all_events(n: u32, event: &CourseEvent) -> u32 {
    n + u32::from(is_big(event))
}

#[fact]
fn struct_without_a_pattern(_: u32, event: &TermStarted) -> u32 {
    event.year
}

#[fact]
fn used_in_an_arm(n: u32, event: &CourseEvent) -> u32 {
    match event {
        CourseClosed { .. } if is_big(event) => n + u32::from(is_big(event)),
    }
}

#[derive(Clone)]
enum Lamp {
    On,
    Off,
}

#[fact(initial = Lamp::Off, last)]
fn state_with_an_initial(lamp: Lamp, event: &CourseEvent) -> Lamp {
    match event {
        CourseClosed { .. } => Lamp::On,
    }
}

#[fact]
fn arguments(n: u32, event: &CourseEvent, list: &[u8], text: &str, fixed: &'static str, day: Option<u64>) -> u32 {
    match event {
        CourseClosed { .. } if list.is_empty() && day.is_none() && text == fixed => n + 1,
    }
}

fn main() {}
