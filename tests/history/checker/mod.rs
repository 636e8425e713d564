//! The checker: holds what clients and readers wrote down against what the log holds, and the log against the
//! conditions under which it was written.

mod answer;
mod call;
mod dispatched;
mod index;
mod stored;
#[cfg(test)]
mod tests;
mod violation;

use std::collections::HashMap;

use factos::StoredEvent;

use crate::record::{Id, Page, Place, Record, Reply, Sent};
use index::{Index, Stored};
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
    /// What a call that did not store it was told.
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
            self.found.expect(fate.is_possible, Rule::Refused, || {
                let told = fate.refused.unwrap_or("nothing");
                format!("append {id} stands at {}, but was told: {told}", at.first)
            });
            self.found.expect(fate.void < Void::Yes, Rule::Refused, || {
                format!(
                    "append {id} stands at {}, but was settled as void",
                    at.first
                )
            });
        }
        for (id, fate) in &self.fates {
            let is_unsettled = fate.refused == refusal(&Reply::Void) && fate.void == Void::No;
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

    /// What was told about where an append stands.
    fn place_is_true(&mut self, place: Place) {
        let Place {
            by,
            first,
            last,
            recorded_at,
            revision,
        } = place;
        let Some(at) = self.index.append(by) else {
            let text = format!("append {by} was told to stand at {first}, but it is not there");
            return self.found.add(Rule::Acknowledged, text);
        };
        let told = Stored { first, last };
        self.found.expect(at == told, Rule::Acknowledged, || {
            format!("append {by} was told to stand at {first} to {last}, but it stands {at}")
        });
        let (stored_time, stored_revision) = (
            self.index.recorded_at(at.first),
            self.index.revision(at.first),
        );
        self.found.expect((stored_time, stored_revision) == (recorded_at, revision), Rule::Acknowledged, || {
            let stored = format!("{stored_time} with revision {stored_revision:?}");
            format!("append {by} was told to be recorded at {recorded_at} with revision {revision:?}, not {stored}")
        });
    }

    fn page(&mut self, page: Page) {
        self.counts.pages += 1;
        let Page {
            reader,
            query,
            after,
            upto,
            positions,
            digest,
        } = page;
        if let Some(reader) = reader {
            let was_at = self.readers.entry(reader.clone()).or_default();
            self.found
                .expect(*was_at == after && after <= upto, Rule::Reads, || {
                    format!("reader {reader} was at {was_at}, but read from {after} to {upto}")
                });
            *was_at = upto;
        }
        let named = |by: &[u64], others: &[u64]| {
            let missing = by.iter().filter(|position| !others.contains(position));
            missing
                .take(3)
                .map(|position| self.index.describe(*position))
                .collect::<Vec<_>>()
        };
        let expected = self.index.matching(&query, after, upto);
        let head = self.index.head();
        self.found.expect(upto <= head, Rule::Reads, || {
            format!("a read went to {upto}, but the log ends at {head}")
        });
        let text = || format!("a read of {query:?} behind {after} up to {upto}");
        if expected != positions {
            let known: Vec<u64> = positions
                .iter()
                .copied()
                .filter(|position| *position <= head)
                .collect();
            let (lacks, adds) = (named(&expected, &known), named(&known, &expected));
            let order = if lacks.is_empty() && adds.is_empty() {
                " or is out of order"
            } else {
                ""
            };
            let text = format!("{} lacks {lacks:?}, adds {adds:?}{order}", text());
            self.found.add(Rule::Reads, text);
        } else if self.index.digest(positions) != Some(digest) {
            self.found
                .add(Rule::Reads, format_args!("{} saw other contents", text()));
        }
    }
}

/// What a call that stored nothing was told; `None` when it may have stored.
fn refusal(reply: &Reply) -> Option<&'static str> {
    match reply {
        Reply::Stored { .. } | Reply::Accepted(_) | Reply::Unknown => None,
        Reply::Repeated(_) => Some("repeated"),
        Reply::Confirmed => Some("confirmed"),
        Reply::Conflict(_) => Some("conflict"),
        Reply::DependencyFailed => Some("a dependency failed"),
        Reply::DuplicateEventId(_) => Some("its event id is there already"),
        Reply::WrongRevision { .. } => Some("wrong revision"),
        Reply::Void => Some("void"),
        Reply::Failed(_) => Some("the store failed and wrote nothing"),
        Reply::Unexpected(_) => Some("something unexpected"),
    }
}
