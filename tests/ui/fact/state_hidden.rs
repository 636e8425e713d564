#![allow(unused_macros, unused_imports)]
#[path = "../courses.rs"]
mod courses;

use courses::*;
use factos::prelude::*;

mod constants {
    #[allow(non_upper_case_globals)]
    pub const n: u32 = 7;
}

macro_rules! named {
    ($name:ident) => {
        $name
    };
}

#[fact]
fn by_a_constant_behind_the_match(n: u32, event: &CourseEvent) -> u32 {
    let more = match event {
        CourseEvent::CourseClosed { .. } => 1,
    };
    #[allow(non_upper_case_globals)]
    const n: u32 = 7;
    n + more
}

#[fact]
fn by_an_import(n: u32, event: &CourseEvent) -> u32 {
    use constants::n;
    match event {
        CourseEvent::CourseClosed { .. } => n + 1,
    }
}

#[fact]
fn by_a_variable(n: u32, event: &CourseEvent) -> u32 {
    let n = n + 1;
    match event {
        CourseEvent::CourseClosed { .. } => n,
    }
}

#[fact]
fn by_a_macro_in_a_pattern(n: u32, event: &CourseEvent) -> u32 {
    let named!(n) = 7;
    match event {
        CourseEvent::CourseClosed { .. } => n + 1,
    }
}

fn main() {}
