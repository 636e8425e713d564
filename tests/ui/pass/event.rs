// The twins of the cases that are refused: what to write instead.
#![deny(warnings)]
#![allow(dead_code)]
use factos::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
#[event(tags(course, student))]
enum TagsThatFieldsHave {
    A { course: u32 },
    B { student: u32, course: u32 },
}

#[derive(Serialize, Deserialize, Event)]
enum NamesUsedOnce {
    #[event(name = "Opened", alias = "A")]
    A { x: u32 },
    #[event(name = "B", version = 1)]
    Opened { x: u32 },
}

#[derive(Serialize, Deserialize, Event)]
#[serde(rename_all = "camelCase")]
enum SerdeThatKeepsTheForm {
    #[serde(rename_all = "camelCase")]
    A {
        #[serde(default, rename = "y")]
        x: u32,
    },
    B,
}

#[derive(Serialize, Deserialize, Event)]
struct TagsOfManyValues {
    #[tag]
    one: Option<String>,
    #[tag(k)]
    #[tag(l)]
    list: Vec<u64>,
    #[tag("a-b")]
    array: [bool; 2],
}

#[derive(Event)]
enum WrappersWithoutNames {
    Many(TagsThatFieldsHave),
    One(TagsOfManyValues),
}

fn main() {}
