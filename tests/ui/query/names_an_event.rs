#![allow(unused)]
#[path = "../courses.rs"]
mod courses;

use factos::prelude::*;
use factos::{LimitError, Query};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct TermEnded {
    year: u32,
}

impl TermEnded {
    fn asked() -> Result<Query, LimitError> {
        query!(Self)
    }
}

fn main() {
    let _ = query!(self);
    let _ = query!(courses::super { course: "c" });
}
