#![allow(unused)]

use factos::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
enum E {
    #[event(version = 0)]
    A { x: u32 },
    #[event(version = -1)]
    B { x: u32 },
}

fn main() {}
