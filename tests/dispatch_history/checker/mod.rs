//! The checker: replays the log and has each decider decide again.
//!
//! What is in the log must be what its decider answers on the states right in front of it. What wrote nothing must be
//! what its decider answers at some position while it was called.

mod call;
mod log;
mod rule;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use factos::StoredEvent;

use crate::model::Model;
use crate::record::{LostTo, Outcome, Record};
use call::Call;
use log::Block;
pub use rule::{Rule, Violation, Violations};

/// Takes all records first, then all events of the log in their order.
#[derive(Debug, Default)]
pub struct Checker {
    calls: HashMap<u64, Call>,
    found: Violations,
    counts: Counts,
    /// Calls that wrote nothing, the one that arrived last in front.
    arriving: Vec<u64>,
    /// Those of them that have arrived where the log has come to.
    waiting: Vec<u64>,
    /// By position, what conflicts say of the event that stands there.
    named: HashMap<u64, Vec<(u64, LostTo)>>,
    model: Model,
    block: Block,
    head: u64,
}

/// How much of everything there was.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    pub events: u64,
    pub processes: u64,
    pub called: u64,
    /// Appended without a decision.
    pub appended: u64,
    pub accepted: u64,
    pub empty: u64,
    pub refused: u64,
    /// Refused or empty on other states than those at their arrival.
    pub overtaken: u64,
    pub conflicts: u64,
    pub failed: u64,
    pub unknown: u64,
    pub settled: u64,
    /// Dropped, or their process was killed.
    pub unanswered: u64,
    pub panicked: u64,
}

/// What came out.
#[derive(Debug)]
pub struct Verdict {
    pub counts: Counts,
    pub found: Violations,
}

impl Checker {
    /// The records of one process.
    pub fn records(&mut self, records: impl IntoIterator<Item = Record>) {
        for record in records {
            match record {
                Record::Started { .. } => self.counts.processes += 1,
                Record::Called(called) => {
                    self.counts.called += 1;
                    self.calls.insert(called.call, Call::new(called));
                }
                Record::Ended { call, outcome } => match self.calls.get_mut(&call) {
                    Some(known) => known.outcome = Some(outcome),
                    None => self.never_made(call, "ended"),
                },
                Record::Settled {
                    call,
                    append,
                    place,
                } => match self.calls.get_mut(&call) {
                    Some(known) => known.settled.push((append, place)),
                    None => self.never_made(call, "was settled"),
                },
            }
        }
    }

    fn never_made(&mut self, call: u64, what: &str) {
        let text = format_args!("call {call} {what}, but was never made");
        self.found.add(Rule::Answers, text);
    }

    /// Appends whose outcome nobody knew, with their calls.
    pub fn unknown(&self) -> impl Iterator<Item = (u64, u128)> {
        self.calls.iter().filter_map(|(call, known)| {
            let Some(Outcome::Unknown { append }) = known.outcome else {
                return None;
            };
            Some((*call, append))
        })
    }

    /// All records are there, and the log follows.
    pub fn begin_log(&mut self) {
        let writes_nothing = |call: &&Call| call.upto().is_some();
        let arriving = self.calls.values().filter(writes_nothing);
        self.arriving = arriving.map(|call| call.called.call).collect();
        let calls = &self.calls;
        let arrival = |call: &u64| std::cmp::Reverse(calls[call].called.head);
        self.arriving.sort_unstable_by_key(arrival);
        for (call, known) in &self.calls {
            if let Some(Outcome::Conflict { by: Some(by) }) = &known.outcome {
                let named = self.named.entry(by.position).or_default();
                named.push((*call, by.clone()));
            }
        }
        self.came_to(0);
    }

    /// The log's next event.
    pub fn event(&mut self, event: StoredEvent) {
        self.counts.events += 1;
        if !self.block.belongs(&event) {
            self.end_block();
        }
        self.block.add(event);
    }

    /// All that could not be said before; then the verdict.
    pub fn finish(mut self) -> Verdict {
        self.end_block();
        self.never_there();
        let mut calls = std::mem::take(&mut self.calls);
        for call in calls.values_mut() {
            self.call(call);
        }
        Verdict {
            counts: self.counts,
            found: self.found,
        }
    }
}
