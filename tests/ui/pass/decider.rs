// The twins of the cases that are refused: what to write instead.
#![deny(warnings)]
#![allow(dead_code)]
#[path = "../courses.rs"]
mod courses;

use courses::*;
use factos::prelude::*;

#[decider]
fn subscribe(
    cmd: &Subscribe,
    #[fact(seats_taken(&cmd.course))] taken: u32,
    #[fact((seats_taken(&cmd.course), seats_taken(&cmd.course)))] pair: &(u32, u32),
) -> Result<Option<CourseEvent>, String> {
    if taken + pair.1 > 3 {
        return Err("full".to_owned());
    }
    Ok(None)
}

/// A fact that only has to hold, and a command that wraps what another crate has.
struct Wait(std::time::Duration);

#[decider]
fn fact_is_used(_: &Wait, #[fact(guard, seats_taken(&CourseId(String::new())))] _taken: u32) -> Option<CourseEvent> {
    None
}

fn main() {
    assert!(subscribe(&Subscribe { course: CourseId(String::new()) }, 0, &(0, 0)).is_ok());
}
