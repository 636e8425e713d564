#![allow(unused)]

use factos::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
enum E {
    #[event(name = "Opened")]
    A { x: u32 },
    #[event(alias = "Opened")]
    B { x: u32 },
    Opened { x: u32 },
}

fn main() {}
