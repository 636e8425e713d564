#![allow(unused)]

use factos::prelude::*;

#[derive(TagValue)]
struct Share(f64);

fn main() {}
