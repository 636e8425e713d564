#![allow(unused)]

#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;

impl CourseId {
    #[fact]
    fn seats(&self, event: &CourseEvent) -> u32 {
        match event {
            StudentSubscribed { .. } => 1,
        }
    }
}

fn main() {}
