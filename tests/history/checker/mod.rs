//! The checker: holds what clients and readers wrote down against what the log holds, and the log against the
//! conditions under which it was written.

mod answer;
mod call;
mod dispatched;
mod index;
mod reads;
mod stored;
#[cfg(test)]
mod tests;
mod violation;

use std::collections::HashMap;

use factos::StoredEvent;

use crate::record::{Id, Place, Record, Sent};
use call::VOID;
use index::Index;
pub use violation::{Rule, Violations};

/// Takes all events of the log first, then the records file by file.
///
/// It keeps the log in little memory and of the records only a few bytes an append.
#[derive(Debug, Default)]
pub struct Checker {
    index: Index,
    found: Violations,
    fates: HashMap<Id, Fate>,
    keys: HashMap<String, Id>,
    /// Appends that are said to stand under a key.
    answered_by_key: Vec<(String, Id)>,
    /// Requests that stand in the log if any of their group does, unless they were made void.
    unguarded: Vec<Id>,
    dispatches: HashMap<Id, dispatched::Fate>,
    /// How far each reader has come.
    readers: HashMap<String, u64>,
    counts: Counts,
}

/// What was said of an append in all its calls.
#[derive(Debug, Default)]
struct Fate {
    /// Whether a call may have stored it.
    is_possible: bool,
    /// A call for it was not answered: a store that has sent it twice, and lost it then, may have settled it by itself.
    is_in_doubt: bool,
    /// What a call was told that did not store it.
    not_stored: Option<&'static str>,
    /// What a call was told that no other call of it can have stored it either.
    refused: Option<&'static str>,
    was_accepted: bool,
    void: Void,
}

/// Whether an append was settled as void.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Void {
    #[default]
    No,
    /// Somebody began to settle it.
    Perhaps,
    Yes,
}

/// How much of everything there was.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    pub events: u64,
    pub stored: u64,
    pub repeated: u64,
    pub conflicts: u64,
    pub dependences_failed: u64,
    pub otherwise_refused: u64,
    pub confirmed: u64,
    pub failed: u64,
    /// Calls that were dropped, killed, or not known to have written.
    pub unanswered: u64,
    pub settled: u64,
    pub dispatched: u64,
    pub rejected: u64,
    pub pages: u64,
    pub processes: u64,
}

/// What came out.
#[derive(Debug)]
pub struct Verdict {
    pub counts: Counts,
    pub found: Violations,
}

impl Checker {
    /// The log's next event.
    pub fn event(&mut self, event: &StoredEvent) {
        self.index.add(event, &mut self.found);
        self.counts.events += 1;
    }

    /// The records of one process; those of a process behind the ones of those whose work it takes up.
    pub fn records(&mut self, records: impl IntoIterator<Item = Record>) {
        let mut open: HashMap<u64, Sent> = HashMap::new();
        for record in records {
            match record {
                Record::Started { .. } => self.counts.processes += 1,
                Record::Sent(sent) => {
                    open.insert(sent.call, sent);
                }
                Record::Answered { call, replies } => match open.remove(&call) {
                    Some(sent) => self.call(&sent, Some(&replies)),
                    None => self.found.add(
                        Rule::Answers,
                        format_args!("call {call} was answered, but never made"),
                    ),
                },
                Record::Settling { id } => self.void(id, Void::Perhaps),
                Record::Settled { id, place } => self.settled(id, place),
                Record::Page(page) => self.page(page),
                Record::Stuck { reader, at, end } => {
                    let text = format_args!("reader {reader} waits at {at} of {end} for ever");
                    self.found.add(Rule::Arrives, text);
                }
                Record::Failed { reader, at, error } => {
                    let text = format_args!("reader {reader} was told at {at}: {error}");
                    self.found.add(Rule::Reads, text);
                }
                Record::Dispatched {
                    call,
                    counter,
                    head,
                } => self.dispatched(call, counter, head),
                Record::Decided { call, outcome } => self.decided(call, outcome),
            }
        }
        for sent in open.values() {
            self.call(sent, None);
            for request in &sent.requests {
                self.in_doubt(request.id);
            }
        }
    }

    /// All that concerns several calls; then the verdict.
    pub fn finish(mut self) -> Verdict {
        let nothing = Fate::default();
        for (id, at) in self.index.appends() {
            let Some(fate) = self.fates.get(&id) else {
                let text = format!("append {id} at {} was sent by nobody", at.first);
                self.found.add(Rule::Origin, text);
                continue;
            };
            let is_told = fate.refused.or(fate.not_stored);
            let is_possible = fate.is_possible && fate.refused.is_none();
            self.found.expect(is_possible, Rule::Refused, || {
                let told = is_told.unwrap_or("nothing");
                format!("append {id} stands {at}, but was told: {told}")
            });
            self.found.expect(fate.void < Void::Yes, Rule::Refused, || {
                format!("append {id} stands {at}, but was settled as void")
            });
        }
        for (id, fate) in &self.fates {
            let is_unsettled =
                fate.refused == Some(VOID) && fate.void == Void::No && !fate.is_in_doubt;
            self.found.expect(!is_unsettled, Rule::Reasons, || {
                format!("append {id} was refused as void, but nobody settled it")
            });
        }
        for (key, id) in &self.answered_by_key {
            self.found
                .expect(self.keys.get(key) == Some(id), Rule::Once, || {
                    format!(
                        "key {key} was answered with append {id}, which does not stand under it"
                    )
                });
        }
        for id in &self.unguarded {
            let fate = self.fates.get(id).unwrap_or(&nothing);
            let is_there = self.index.append(*id).is_some();
            self.found.expect(is_there || fate.void > Void::No, Rule::Group, || {
                format!("append {id} is not there, though others of its group are, and nothing kept it out")
            });
        }
        self.finish_dispatches();
        Verdict {
            counts: self.counts,
            found: self.found,
        }
    }

    fn in_doubt(&mut self, id: Id) {
        self.fates.entry(id).or_default().is_in_doubt = true;
    }

    fn void(&mut self, id: Id, void: Void) {
        let fate = self.fates.entry(id).or_default();
        fate.void = fate.void.max(void);
    }

    fn settled(&mut self, id: Id, place: Option<Place>) {
        self.counts.settled += 1;
        match place {
            Some(place) => self.place_is_true(place),
            None => self.void(id, Void::Yes),
        }
    }
}
