#![allow(unused)]

use factos::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
enum E {
    A(u32, u32),
    B(),
}

#[derive(Serialize, Deserialize, Event)]
struct Opened(u32);

fn main() {}
