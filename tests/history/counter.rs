//! Commands that count: each decides on how many stand before it, and writes what it saw into its event.

use factos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::record::Id;

/// The stored type of events that count.
pub const COUNTED: &str = "Counted";

/// One more of a counter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
pub struct Counted {
    #[tag]
    pub counter: String,
    /// How many the decider saw.
    pub saw: u64,
    /// The id of the call that dispatched it.
    pub call: String,
}

#[fact]
fn count(seen: u64, event: &Counted, #[tag] counter: &str) -> u64 {
    match event {
        Counted { .. } => seen + 1,
    }
}

/// Counts, unless the decider sees `rest` more than a multiple of [`REFUSED`].
#[derive(Debug, Clone)]
pub struct Count {
    pub counter: String,
    pub call: Id,
    pub rest: u64,
}

/// Of so many counts in a row, each command refuses one.
pub const REFUSED: u64 = 3;

/// What the decider saw when it refused.
#[derive(Debug, PartialEq)]
pub struct Refuses {
    pub saw: u64,
}

#[decider]
fn decide(cmd: &Count, #[fact(count(&cmd.counter))] saw: u64) -> Result<Counted, Refuses> {
    if saw % REFUSED == cmd.rest {
        return Err(Refuses { saw });
    }
    Ok(Counted {
        counter: cmd.counter.clone(),
        saw,
        call: cmd.call.into(),
    })
}
