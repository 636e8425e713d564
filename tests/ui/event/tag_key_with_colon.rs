#![allow(unused)]

use factos::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
enum E {
    A {
        #[tag("a:b")]
        x: u32,
        #[tag(k, l)]
        y: u32,
        #[tag(z)]
        #[tag]
        z: u32,
    },
}

fn main() {}
