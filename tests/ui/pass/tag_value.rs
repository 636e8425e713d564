// The twins of the cases that are refused: what to write instead.
#![deny(warnings)]
#![allow(dead_code)]
use factos::prelude::*;

#[derive(TagValue)]
struct Text(String);

#[derive(TagValue)]
struct Number {
    number: i64,
}

#[derive(TagValue)]
struct OfAnother(Text);

#[derive(TagValue)]
struct Static(&'static str);

fn main() {}
