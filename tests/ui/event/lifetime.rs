#![allow(unused)]

use factos::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Event)]
struct Named<'a> {
    name: &'a str,
}

fn main() {}
