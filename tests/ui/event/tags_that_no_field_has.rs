#![allow(unused)]

use factos::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
#[event(tags(cuorse, student))]
enum E {
    A { course: u32 },
    B { student: u32, course: u32 },
}

fn main() {}
