#![allow(unused)]

use factos::prelude::*;

#[derive(Event)]
enum E {
    A { x: u32 },
}

fn main() {}
