//! What stands in the log: as it was sent, and behind nothing that was to keep it out.

use super::Checker;
use super::call::Call;
use super::index::Stored;
use super::violation::Rule;
use crate::disturbed::digest;
use crate::record::{Expected, Guard, Sent};

impl Checker {
    /// Whole, unchanged, side by side.
    pub(super) fn is_as_sent(&mut self, call: Call<'_>, at: Stored) {
        let events = call.request().events.as_deref().unwrap_or_default();
        let (sent, stored) = (events.len() as u64, at.last - at.first + 1);
        self.found.expect(sent == stored, Rule::Whole, || {
            format!("{call} has {sent} events, of which {stored} are stored {at}")
        });
        let sent = events
            .iter()
            .map(|event| digest::of_content(&event.event()));
        let is_same = sent
            .zip(self.index.contents(at))
            .all(|(sent, stored)| sent == stored);
        self.found.expect(is_same, Rule::Whole, || {
            format!("{call} is stored {at} with other contents")
        });
    }

    /// Nothing stands in front of it that it was to be refused for.
    pub(super) fn is_allowed(&mut self, call: Call<'_>, at: Stored) {
        self.keeps_guards(call, at);
        self.stands_behind_others(call, at);
        self.has_expected_revision(call, at);
        if let Some(key) = &call.request().key {
            let id = call.request().id;
            let first = *self.keys.entry(key.clone()).or_insert(id);
            self.found.expect(first == id, Rule::Once, || {
                format!("{call} stands {at} under key {key}, as does append {first}")
            });
        }
    }

    fn keeps_guards(&mut self, call: Call<'_>, at: Stored) {
        let broken = self.broken_guard(call, at.first - 1);
        self.found.expect(broken.is_none(), Rule::Guards, || {
            format!("{call} stands {at}, against {}", broken.unwrap_or_default())
        });
    }

    /// The first guard that an event up to this position breaks, and that event, as people read it.
    pub(super) fn broken_guard(&self, call: Call<'_>, upto: u64) -> Option<String> {
        let granted = self.granted(call);
        let mut guards = call.request().guards.iter().enumerate();
        guards.find_map(|(number, guard)| {
            let Guard { query, after } = guard;
            let position = self.index.first_match(query, *after, upto, &granted)?;
            let event = self.index.describe(position);
            Some(format!(
                "its guard {number}, no {query:?} behind {after}: {event}"
            ))
        })
    }

    fn stands_behind_others(&mut self, call: Call<'_>, at: Stored) {
        for on in &call.request().on {
            let on_id = call.sent.requests.get(*on).map(|request| request.id);
            let other = on_id.and_then(|id| self.index.append(id));
            let stands_behind = other.is_some_and(|other| other.last < at.first);
            self.found.expect(stands_behind, Rule::Dependence, || {
                format!("{call} stands {at}, but request {on}, on which it was decided, not in front of it")
            });
        }
        let head = call.sent.head;
        let is_new = call.request().again || at.first > head;
        self.found.expect(is_new, Rule::Acknowledged, || {
            format!("{call} stands {at}, but the log reached {head} before it was sent")
        });
    }

    fn has_expected_revision(&mut self, call: Call<'_>, at: Stored) {
        let Some((name, expected)) = &call.request().stream else {
            return;
        };
        let revision = self.index.revision(at.first);
        let is_expected = match expected {
            Expected::Any => revision.is_some(),
            Expected::NoStream => revision == Some(0),
            Expected::At(last) => revision == Some(last + 1),
        };
        self.found.expect(is_expected, Rule::Revisions, || {
            format!("{call} stands {at} with revision {revision:?} of {name}, but was to come behind {expected:?}")
        });
    }

    /// What a group stored stands side by side in its order, and whatever nothing kept out is part of it.
    pub(super) fn group_is_one_commit(&mut self, sent: &Sent) {
        let mut next = None;
        for request in sent
            .requests
            .iter()
            .filter(|request| request.events.is_some())
        {
            let Some(at) = self.index.append(request.id) else {
                continue;
            };
            let is_next = next.is_none_or(|next| at.first == next);
            if request.again && !is_next {
                // It stands where an earlier call has stored it.
                continue;
            }
            self.found.expect(is_next, Rule::Group, || {
                format!("append {} stands {at}, behind others of its group that end in front of {next:?}", request.id)
            });
            next = (!request.again || next.is_some()).then_some(at.last + 1);
        }
        if next.is_some() {
            let free = sent.requests.iter().filter(|request| {
                let is_bound = request.again || request.events.is_none();
                !is_bound && request.guards.is_empty() && request.on.is_empty()
            });
            self.unguarded.extend(free.map(|request| request.id));
        }
    }
}
