#![allow(unused)]

use factos::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
#[event(tags(corse))]
enum E {
    A(u32, u32),
    #[event(name = "")]
    B { course: u32 },
}

#[fact]
fn b(n: u32, event: &E, #[tag] course: &u32) -> u32 {
    match event {
        E::B { .. } => n + 1,
    }
}

fn main() {}
