#![allow(unused)]

use factos::prelude::*;

#[derive(Event)]
union E {
    a: u32,
    b: f32,
}

fn main() {}
