#![allow(unused)]

use factos::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
#[event(perfix = "x.")]
enum E {
    #[event(nmae = "B")]
    A { x: u32 },
    #[event(prefix = "x.")]
    B { x: u32 },
}

#[derive(Serialize, Deserialize, Event)]
#[event(prefix = "x.")]
struct S {
    #[event(name = "y")]
    x: u32,
}

fn main() {}
