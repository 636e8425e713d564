//! Facts combined: their shapes, what is read for them together, what each is fed, and what is decoded.

#[path = "patterns/observed.rs"]
mod observed;
#[path = "combining/shapes.rs"]
mod shapes;
#[path = "combining/reads.rs"]
mod reads;
#[path = "combining/decoding.rs"]
mod decoding;
#[path = "combining/size.rs"]
mod size;
#[path = "combining/copies.rs"]
mod copies;
mod support;

use std::sync::atomic::{AtomicU32, Ordering};

use factos::prelude::*;
use factos::store::Source;
use factos::testing::given;
use factos::{Accepted, Codec, CodecError, Data, EventForm, Json, Position, Query};
use futures_util::TryStreamExt;
use observed::{Read, on_every_store};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(tags(item))]
enum ItemEvent {
    Stocked { item: u32, name: String },
    Taken { item: u32 },
    Priced { item: u32, price: u64 },
}
use ItemEvent::*;

fn stocked(item: u32) -> ItemEvent {
    let name = format!("item{item}");
    Stocked { item, name }
}

#[fact]
fn stock(stock: u32, event: &ItemEvent, #[tag] item: u32) -> u32 {
    match event {
        Stocked { .. } => stock + 1,
    }
}

#[fact]
fn taken(taken: u64, event: &ItemEvent, #[tag] item: u32) -> u64 {
    match event {
        Taken { .. } => taken + 1,
    }
}

#[fact]
fn price(price: Option<u64>, event: &ItemEvent, #[tag] item: u32) -> Option<u64> {
    match event {
        Priced { price, .. } => Some(*price),
    }
}

#[fact(last)]
fn last_name(name: String, event: &ItemEvent, #[tag] item: u32) -> String {
    match event {
        Stocked { name, .. } => name.clone(),
    }
}

/// Everything that the fold is given, whatever it is.
#[fact(events(Stocked, Taken))]
fn fed(mut fed: Vec<ItemEvent>, event: &ItemEvent, #[tag] item: u32) -> Vec<ItemEvent> {
    fed.push(event.clone());
    fed
}

fn query(read: &Read, part: usize) -> &Query {
    match &read.request.parts[part].source {
        Source::Query(query) => query,
        other => panic!("{other:?}"),
    }
}
