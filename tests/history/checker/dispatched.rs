//! Commands that count: what they saw was true when their event was stored, or at some moment before they were refused.

use super::Checker;
use super::violation::Rule;
use crate::record::{Id, Outcome};

/// What is known of a dispatch.
#[derive(Debug)]
pub(super) struct Fate {
    counter: String,
    head: u64,
    /// What it was told, if that means that it stored nothing.
    refused: Option<&'static str>,
}

impl Checker {
    pub(super) fn dispatched(&mut self, call: Id, counter: String, head: u64) {
        self.counts.dispatched += 1;
        let fate = Fate {
            counter,
            head,
            refused: None,
        };
        self.dispatches.insert(call, fate);
    }

    pub(super) fn decided(&mut self, call: Id, outcome: Outcome) {
        let Some(fate) = self.dispatches.get_mut(&call) else {
            let text = format!("dispatch {call} was answered, but never made");
            return self.found.add(Rule::Answers, text);
        };
        match outcome {
            Outcome::Accepted { position } => {
                let stored = self.index.counted(call);
                self.found.expect(stored == Some(position), Rule::Acknowledged, || {
                    format!("dispatch {call} was told to count at {position}, but counts at {stored:?}")
                });
            }
            Outcome::Rejected { saw } => {
                self.counts.rejected += 1;
                fate.refused = Some("rejected");
                let least = self.index.count(&fate.counter, fate.head);
                let most = self.index.count(&fate.counter, u64::MAX);
                self.found.expect((least..=most).contains(&saw), Rule::Confirmed, || {
                    format!("dispatch {call} was rejected on {saw} of its counter, which was at {least} to {most}")
                });
            }
            Outcome::Failed(_) => {
                self.counts.failed += 1;
                fate.refused = Some("the store failed and wrote nothing");
            }
            Outcome::Unknown => self.counts.unanswered += 1,
            Outcome::Unexpected(text) => {
                let text = format!("dispatch {call} was answered: {text}");
                self.found.add(Rule::Answers, text);
            }
        }
    }

    /// What counts was dispatched, and was not told that it did not.
    pub(super) fn finish_dispatches(&mut self) {
        for (call, position) in self.index.counting_calls() {
            let Some(fate) = self.dispatches.get(&call) else {
                let text =
                    format!("the event at {position} counts for {call}, which nobody dispatched");
                self.found.add(Rule::Origin, text);
                continue;
            };
            self.found
                .expect(fate.refused.is_none(), Rule::Refused, || {
                    let told = fate.refused.unwrap_or_default();
                    format!("dispatch {call} counts at {position}, but was told: {told}")
                });
            self.found.expect(position > fate.head, Rule::Acknowledged, || {
                let head = fate.head;
                format!("dispatch {call} counts at {position}, but the log reached {head} before it began")
            });
        }
    }
}
