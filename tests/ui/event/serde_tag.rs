#![allow(unused)]

use factos::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
#[serde(tag = "type", content = "data")]
enum E {
    A { x: u32 },
}

#[derive(Serialize, Deserialize, Event)]
#[serde(untagged)]
enum F {
    A { x: u32 },
    #[serde(skip_deserializing)]
    B { x: u32 },
    #[serde(other)]
    C,
}

fn main() {}
