#![allow(unused)]

use factos::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
enum E {
    A { #[tag] share: f64 },
    B { #[tag] share: f64 },
}

fn main() {}
