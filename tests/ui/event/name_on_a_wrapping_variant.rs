#![allow(unused)]

use factos::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct Opened {
    x: u32,
}

#[derive(Event)]
#[event(prefix = "bank.")]
enum BankEvent {
    #[event(name = "O", alias = "P", version = 2)]
    Opened(Opened),
}

fn main() {}
