//! What calls were answered: true of the log, and for the reasons that are named.

use super::Checker;
use super::call::Call;
use super::index::Stored;
use super::violation::Rule;
use crate::record::{Guard, Id, Place, Reply, Via};

impl Checker {
    /// What the reply says is what the log shows.
    pub(super) fn answer_is_true(&mut self, call: Call<'_>, reply: &Reply) {
        match reply {
            Reply::Stored { place, digest } => self.is_stored(call, *place, *digest),
            Reply::Accepted(place) => self.is_accepted(call, *place),
            Reply::Repeated(place) => self.is_repeated(call, *place),
            Reply::Confirmed => self.is_confirmed(call),
            Reply::Conflict(broken) => self.is_broken(call, broken),
            Reply::DependencyFailed => self.has_failed_dependency(call),
            Reply::DuplicateEventId(id) => self.is_duplicate(call, *id),
            Reply::WrongRevision { next } => self.is_at_other_revision(call, *next),
            Reply::Void => self.counts.otherwise_refused += 1,
            Reply::Failed(_) => self.counts.failed += 1,
            Reply::Unknown => {
                self.counts.unanswered += 1;
                self.in_doubt(call.request().id);
            }
            Reply::Unexpected(text) => {
                let text = format!("{call} was answered: {text}");
                self.found.add(Rule::Answers, text);
            }
        }
    }

    fn is_stored(&mut self, call: Call<'_>, place: Place, digest: u64) {
        self.counts.stored += 1;
        self.is_acknowledged(call, place);
        let stored = self.index.digest(place.first..=place.last);
        self.found
            .expect(stored == Some(digest), Rule::Acknowledged, || {
                format!(
                    "{call} was answered with other events than stand at {} to {}",
                    place.first, place.last
                )
            });
    }

    fn is_accepted(&mut self, call: Call<'_>, place: Place) {
        self.counts.stored += 1;
        self.is_acknowledged(call, place);
        let fate = self.fates.entry(call.request().id).or_default();
        let is_first = !std::mem::replace(&mut fate.was_accepted, true);
        self.found.expect(
            is_first && place.by == call.request().id,
            Rule::Once,
            || {
                format!(
                    "{call} was accepted at {}, but it was there before",
                    place.first
                )
            },
        );
        let on = call.request().on.iter();
        let stands = |on: &usize| matches!(call.reply_to(*on), Some(Reply::Accepted(_)));
        self.found
            .expect(on.copied().all(|on| stands(&on)), Rule::Dependence, || {
                format!(
                    "{call} was accepted, but not all that it was decided on: {:?}",
                    call.request().on
                )
            });
        let head = call.sent.head;
        let is_next = call.sent.via != Via::Locked || place.first == head + 1;
        self.found.expect(is_next, Rule::Confirmed, || {
            format!(
                "{call} was decided under the lock with the log at {head}, but stands at {}",
                place.first
            )
        });
    }

    fn is_repeated(&mut self, call: Call<'_>, place: Place) {
        self.counts.repeated += 1;
        self.is_acknowledged(call, place);
        let is_known = call.request().again || call.request().key.is_some();
        self.found.expect(is_known, Rule::Reasons, || {
            format!("{call} was answered as a repeated one, but it is new")
        });
    }

    fn is_acknowledged(&mut self, call: Call<'_>, place: Place) {
        self.place_is_true(place);
        match &call.request().key {
            _ if place.by == call.request().id => {}
            Some(key) => self.answered_by_key.push((key.clone(), place.by)),
            None => {
                let text = format!("{call} was answered with the place of append {}", place.by);
                self.found.add(Rule::Acknowledged, text);
            }
        }
    }

    /// What was told about where an append stands.
    pub(super) fn place_is_true(&mut self, place: Place) {
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

    /// A check is confirmed at some moment of its call. What is broken stays broken, so that it must have held at its
    /// first moment: behind the head as it was read before, and behind what its group stored in front of it.
    fn is_confirmed(&mut self, call: Call<'_>) {
        self.counts.confirmed += 1;
        let in_front = call.in_front().filter_map(|reply| match reply {
            Reply::Accepted(place) => Some(place.last),
            _ => None,
        });
        let upto = in_front.max().unwrap_or(0).max(call.sent.head);
        let broken = self.broken_guard(call, upto);
        self.found.expect(broken.is_none(), Rule::Confirmed, || {
            format!(
                "{call} was confirmed, against {}",
                broken.unwrap_or_default()
            )
        });
    }

    /// A conflict names the first event that breaks each guard. What is read under the lock is all there is.
    fn is_broken(&mut self, call: Call<'_>, broken: &[(usize, u64)]) {
        self.counts.conflicts += 1;
        self.found.expect(!broken.is_empty(), Rule::Reasons, || {
            format!("{call} was refused for no guard")
        });
        let granted = self.granted(call);
        for (number, position) in broken {
            let first = call.request().guards.get(*number).and_then(|guard| {
                let Guard { query, after } = guard;
                self.index.first_match(query, *after, u64::MAX, &granted)
            });
            self.found.expect(first == Some(*position), Rule::Reasons, || {
                let guard = call.request().guards.get(*number);
                format!("{call} was refused for the event at {position}, but {first:?} is the first to break {guard:?}")
            });
            let head = call.sent.head;
            let is_seen = call.sent.via != Via::Locked || *position <= head;
            self.found.expect(is_seen, Rule::Confirmed, || {
                format!(
                    "{call} was decided under the lock with the log at {head}, but met {position}"
                )
            });
        }
    }

    fn has_failed_dependency(&mut self, call: Call<'_>) {
        self.counts.dependences_failed += 1;
        let on = &call.request().on;
        let stands = |on: &usize| matches!(call.reply_to(*on), Some(Reply::Accepted(_)));
        self.found
            .expect(!on.iter().all(stands), Rule::Reasons, || {
                format!(
                    "{call} was refused for {on:?}, on which it was decided, but they were accepted"
                )
            });
    }

    fn is_duplicate(&mut self, call: Call<'_>, id: Id) {
        self.counts.otherwise_refused += 1;
        self.found
            .expect(self.index.has_event_id(id), Rule::Reasons, || {
                format!("{call} was refused as event {id} is there, but it is not")
            });
    }

    fn is_at_other_revision(&mut self, call: Call<'_>, next: u64) {
        self.counts.otherwise_refused += 1;
        let is_other = call
            .request()
            .stream
            .as_ref()
            .is_some_and(|(name, expected)| {
                !expected.expected().holds(next) && next <= self.index.length_of_stream(name)
            });
        self.found.expect(is_other, Rule::Reasons, || {
            format!(
                "{call} was refused as its stream has {next} events, which it expects or never had"
            )
        });
    }
}
