//! The log, append by append, and what deciders answer at each position between them.

use factos::{Metadata, NewEvent, StoredEvent, Tag};

use super::call::Call;
use super::{Checker, Rule};
use crate::disturbed::digest;
use crate::model::Decision;
use crate::record::{Outcome, Place};

/// The events of one append.
#[derive(Debug, Default)]
pub(super) struct Block(Vec<StoredEvent>);

impl Block {
    pub(super) fn belongs(&self, event: &StoredEvent) -> bool {
        let first = self.0.first();
        first.is_none_or(|first| first.append_id == event.append_id)
    }

    pub(super) fn add(&mut self, event: StoredEvent) {
        self.0.push(event);
    }
}

/// Which call an event says it comes from.
fn call_of(event: &StoredEvent) -> Option<u64> {
    event.metadata.get(Metadata::OPERATION_ID)?.parse().ok()
}

fn is_same(decided: &NewEvent, stored: &StoredEvent) -> bool {
    decided.event_type == stored.event_type
        && decided.version == stored.version
        && decided.tags == stored.tags
        && decided.data == stored.data
}

impl Checker {
    /// The append at the log's end is judged by the states in front of it; then it is part of them.
    pub(super) fn end_block(&mut self) {
        let events = std::mem::take(&mut self.block.0);
        let (Some(first), Some(last)) = (events.first(), events.last()) else {
            return;
        };
        let place = (first.position.get(), last.position.get());
        self.follows(&events);
        match call_of(first).and_then(|call| self.calls.remove(&call)) {
            None => {
                let id = first.append_id;
                let text = format_args!("append {id} at {place:?} was sent by nobody");
                self.found.add(Rule::Origin, text);
            }
            Some(mut call) => {
                self.stands(&mut call, &events, place);
                self.calls.insert(call.called.call, call);
            }
        }
        for event in &events {
            self.is_as_named(event);
            self.model.add(event, call_of(event).unwrap_or_default());
        }
        self.came_to(place.1);
    }

    fn follows(&mut self, events: &[StoredEvent]) {
        for (next, event) in (self.head + 1..).zip(events) {
            let position = event.position.get();
            self.found.expect(position == next, Rule::Positions, || {
                format!("{position} stands where {next} is to be")
            });
        }
    }

    /// A call that stands in the log.
    fn stands(&mut self, call: &mut Call, events: &[StoredEvent], place: Place) {
        let number = call.called.call;
        let is_of_call = |event: &StoredEvent| call_of(event) == Some(number);
        self.found
            .expect(events.iter().all(is_of_call), Rule::Whole, || {
                format!("the append of call {number} at {place:?} has events of others")
            });
        if let Some(before) = call.stands {
            let text = format_args!("call {number} stands at {before:?}, and at {place:?}");
            return self.found.add(Rule::Once, text);
        }
        call.stands = Some(place);
        let head = call.called.head;
        self.found.expect(place.0 > head, Rule::Acknowledged, || {
            format!("call {number} stands at {place:?}, but the log reached {head} before it began")
        });
        self.is_decided(call, events, place);
        self.is_as_told(call, events, place);
    }

    /// The decider answers these events on the states in front of them.
    fn is_decided(&mut self, call: &Call, events: &[StoredEvent], place: Place) {
        let (number, work) = (call.called.call, &call.called.work);
        let decided = match self.model.decide(work) {
            Decision::Events(decided) => decided,
            other => {
                let text = format_args!(
                    "call {number} stands at {place:?}, but its decider answers {other:?} there: {work:?}"
                );
                return self.found.add(Rule::Decision, text);
            }
        };
        let are_same = decided
            .iter()
            .zip(events)
            .all(|(decided, stored)| is_same(decided, stored));
        let (wanted, stored) = (decided.len(), events.len());
        if wanted == stored || decided.is_empty() {
            self.found.expect(are_same && wanted == stored, Rule::Decision, || {
                format!("call {number} stands at {place:?} with {events:?}, but its decider answers {decided:?} there: {work:?}")
            });
        } else {
            let text = format_args!(
                "call {number} stands at {place:?} with {stored} events, but its decider answers {wanted}: {work:?}"
            );
            let rule = if are_same {
                Rule::Whole
            } else {
                Rule::Decision
            };
            self.found.add(rule, text);
        }
    }

    /// What the caller was told is true of the log.
    fn is_as_told(&mut self, call: &Call, events: &[StoredEvent], place: Place) {
        let number = call.called.call;
        let id = u128::from_be_bytes(*events[0].append_id.as_bytes());
        match &call.outcome {
            None | Some(Outcome::Unexpected(_)) => {}
            Some(Outcome::Stored {
                append,
                place: told,
                digest: of,
            }) => {
                let stored = digest::of_all(events.iter().map(digest::of_stored));
                let is_same = of.is_none_or(|told| told == stored);
                let is_told = (*append, *told) == (id, place) && is_same;
                self.found.expect(is_told, Rule::Acknowledged, || {
                    format!(
                        "call {number} stands at {place:?} as append {id}, but was told {:?}",
                        call.outcome
                    )
                });
            }
            Some(Outcome::Unknown { append }) => {
                self.found.expect(*append == id, Rule::Acknowledged, || {
                    format!("call {number} stands at {place:?} as append {id}, but was told of append {append}")
                });
            }
            Some(other) => {
                let text =
                    format_args!("call {number} stands at {place:?}, but was told {other:?}");
                self.found.add(Rule::Refused, text);
            }
        }
        for (append, settled) in &call.settled {
            let rule = match settled {
                None => Rule::Refused,
                Some(_) => Rule::Acknowledged,
            };
            let is_true = *append == id && *settled == Some(place);
            self.found.expect(is_true, rule, || {
                format!("call {number} stands at {place:?} as append {id}, but append {append} was settled as {settled:?}")
            });
        }
    }

    /// What conflicts say of an event.
    fn is_as_named(&mut self, event: &StoredEvent) {
        let position = event.position.get();
        for (call, told) in self.named.remove(&position).unwrap_or_default() {
            let tags = event.tags.iter().map(Tag::as_str);
            let is_it = told.r#type == event.event_type.as_str() && tags.eq(&told.tags);
            self.found.expect(is_it, Rule::Reasons, || {
                format!("call {call} lost to {told:?}, but {event:?} stands there")
            });
        }
    }

    /// Events that conflicts name, but the log does not have.
    pub(super) fn never_there(&mut self) {
        for (position, calls) in std::mem::take(&mut self.named) {
            let text = format_args!("at {position} stands nothing that {calls:?} can have lost to");
            self.found.add(Rule::Reasons, text);
        }
    }

    /// No append is under way: here, calls that write nothing can have been decided.
    pub(super) fn came_to(&mut self, head: u64) {
        self.head = head;
        let calls = &self.calls;
        while let Some(call) = self.arriving.pop_if(|call| calls[call].called.head <= head) {
            self.waiting.push(call);
        }
        let waiting = std::mem::take(&mut self.waiting);
        for number in waiting {
            if !self.is_confirmed(number) {
                self.waiting.push(number);
            }
        }
    }

    /// Whether the decider of a call that wrote nothing answers as it did, or was to.
    fn is_confirmed(&mut self, number: u64) -> bool {
        let Some(call) = self.calls.get_mut(&number) else {
            return true;
        };
        let (from, upto) = (call.called.head, call.upto().unwrap_or(self.head));
        let answer = (self.head <= upto).then(|| self.model.decide(&call.called.work));
        let is_so = answer.as_ref().is_some_and(|answer| call.is_answer(answer));
        if is_so {
            call.is_confirmed = true;
            self.counts.overtaken += u64::from(self.head > from);
            return true;
        }
        if self.head < upto {
            return false;
        }
        let text = format_args!(
            "call {number} was answered {:?}, but nowhere from {from} to {upto} its decider answers so; at the end {answer:?}: {:?}",
            call.outcome, call.called.work
        );
        self.found.add(Rule::Confirmed, text);
        // It is said.
        call.is_confirmed = true;
        true
    }
}
