//! What is known of one call, and what can be said of it when the whole log is known.

use super::{Checker, Rule};
use crate::domain::{AnyCommand, PLANNED, Refused};
use crate::model::Decision;
use crate::record::{Called, Outcome, Place, Work};

/// A call, and all that was said of it.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) called: Called,
    pub(super) outcome: Option<Outcome>,
    pub(super) settled: Vec<(u128, Option<Place>)>,
    /// Where it stands in the log.
    pub(super) stands: Option<Place>,
    /// If it wrote nothing: whether there is a position where its decider answers so.
    pub(super) is_confirmed: bool,
}

impl Call {
    pub(super) fn new(called: Called) -> Self {
        Self {
            called,
            outcome: None,
            settled: Vec::new(),
            stands: None,
            is_confirmed: false,
        }
    }

    /// Up to which position it can have been decided, when it was decided to write nothing.
    pub(super) fn upto(&self) -> Option<u64> {
        match self.outcome {
            Some(Outcome::Empty { upto } | Outcome::Refused { upto, .. }) => Some(upto),
            _ => None,
        }
    }

    /// Whether the caller was told this.
    pub(super) fn is_answer(&self, decision: &Decision) -> bool {
        match (decision, &self.outcome) {
            (Decision::Events(events), Some(Outcome::Empty { .. })) => events.is_empty(),
            (Decision::Refused(decided), Some(Outcome::Refused { refused, .. })) => {
                let Refused { reason, saw } = decided;
                *reason == refused.reason && *saw == refused.saw
            }
            _ => false,
        }
    }

    /// Whether a panic with this text can be its own.
    fn can_panic(&self, text: &str) -> bool {
        let Work::Dispatch(AnyCommand::Risk(risk)) = &self.called.work else {
            return false;
        };
        let of_decider = || format!("{PLANNED}{}", self.called.call);
        text == format!("{PLANNED}a fold") || (risk.fuse < 4 && text == of_decider())
    }

    /// Whether it can have lost a race, and this many rounds.
    fn can_lose(&self, lost: Option<u32>) -> bool {
        // Without a limit it is decided under the lock in the end.
        let given = self.called.rounds;
        given.is_some_and(|given| lost.is_none_or(|lost| lost == given))
    }
}

impl Checker {
    /// What the log has shown by now.
    pub(super) fn call(&mut self, call: &Call) {
        let number = call.called.call;
        let is_there = call.stands.is_some();
        let told = &call.outcome;
        let counts = &mut self.counts;
        counts.settled += call.settled.len() as u64;
        match told {
            None => counts.unanswered += 1,
            Some(Outcome::Stored { .. }) => {
                match call.called.work {
                    Work::Append(_) => counts.appended += 1,
                    Work::Dispatch(_) => counts.accepted += 1,
                }
                self.found.expect(is_there, Rule::Acknowledged, || {
                    format!("call {number} was told {told:?}, but is not there")
                });
            }
            Some(Outcome::Empty { .. }) => counts.empty += 1,
            Some(Outcome::Refused { .. }) => counts.refused += 1,
            Some(Outcome::Conflict { by }) => {
                counts.conflicts += 1;
                let lost = by.as_ref().map(|by| by.rounds);
                self.found.expect(call.can_lose(lost), Rule::Reasons, || {
                    let given = call.called.rounds;
                    format!("call {number} was given {given:?} rounds, but was told {told:?}")
                });
            }
            Some(Outcome::Failed(_)) => counts.failed += 1,
            Some(Outcome::Unknown { .. }) => counts.unknown += 1,
            Some(Outcome::Panicked(text)) => {
                counts.panicked += 1;
                self.found.expect(call.can_panic(text), Rule::Answers, || {
                    let work = &call.called.work;
                    format!("call {number} panicked with {text:?}: {work:?}")
                });
            }
            Some(Outcome::Unexpected(text)) => {
                let text = format_args!("call {number} was answered: {text}");
                self.found.add(Rule::Answers, text);
            }
        }
        let is_known = call.upto().is_none() || call.is_confirmed;
        self.found.expect(is_known, Rule::Confirmed, || {
            format!("call {number} was answered {told:?}, behind the log's end")
        });
        let was_seen = call.settled.iter().any(|(_, place)| place.is_some());
        self.found
            .expect(is_there || !was_seen, Rule::Acknowledged, || {
                format!(
                    "call {number} was settled as {:?}, but is not there",
                    call.settled
                )
            });
    }
}
