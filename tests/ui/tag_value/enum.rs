#![allow(unused)]

use factos::prelude::*;

#[derive(TagValue)]
enum Color {
    Red,
}

fn main() {}
