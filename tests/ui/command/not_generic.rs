#![allow(unused)]
#[path = "../courses.rs"]
mod courses;

use courses::*;
use factos::prelude::*;

#[derive(Command)]
enum Any<T> {
    One(T),
}

#[derive(Command)]
enum Borrowed<'a> {
    One(std::borrow::Cow<'a, str>),
}

fn main() {}
