#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

#[fact]
fn before(n: &mut u32, event: &CourseEvent) {
    *n += 1;
    match event {
        StudentSubscribed { .. } => {}
    }
}

#[fact]
fn after(n: u32, event: &CourseEvent) -> u32 {
    match event {
        StudentSubscribed { .. } => return n,
        _ => {}
    }
    n + 1
}

#[fact]
fn shadowed(n: u32, event: &CourseEvent) -> u32 {
    let n = n + 1;
    match event {
        StudentSubscribed { .. } => n,
    }
}

#[fact]
fn guard(mut n: Vec<u32>, event: &CourseEvent) -> Vec<u32> {
    match event {
        StudentSubscribed { .. } => vec![],
        _ if n.pop().is_some() => n,
    }
}

#[fact]
fn copied(mut n: u32, event: &CourseEvent) -> u32 {
    match (n, event) {
        (_, CourseClosed { .. }) => return 0,
        (k, _) => {
            n += k;
        }
    }
    n
}

fn main() {}
