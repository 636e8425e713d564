#![allow(unused)]

use factos::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
enum E<T> {
    A { x: T },
}

fn main() {}
