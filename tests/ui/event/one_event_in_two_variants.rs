#![allow(unused)]

use factos::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Opened {
    x: u32,
}

#[derive(Event)]
enum BankEvent {
    First(Opened),
    Second(Opened),
}

fn main() {}
