#![allow(unused)]

use factos::prelude::*;

#[derive(TagValue)]
struct Id<T>(T);

#[derive(TagValue)]
struct Name<'a>(&'a str);

fn main() {}
