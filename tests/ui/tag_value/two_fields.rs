#![allow(unused)]

use factos::prelude::*;

#[derive(TagValue)]
struct Id(String, u32);

#[derive(TagValue)]
struct Nothing;

fn main() {}
