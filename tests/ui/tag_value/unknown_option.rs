#![allow(unused)]

use factos::prelude::*;

#[derive(TagValue)]
#[tag_value(crat = factos)]
struct Id(String);

fn main() {}
