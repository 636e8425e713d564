//! What the log's thread sees of a command: its facts, and how it is decided on them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tokio::time::Instant;

use super::deciding::{Decided, Deciding};
use super::entry::Entry;
use super::planted::Fault;
use crate::command::Reads;
use crate::commit::{Decision, Job, Turn};
use crate::facts::{Folded, States};
use crate::id::AppendId;
use crate::log::append::with_metadata;
use crate::observe;
use crate::store::{Answer, AppendRequest, Guard, IdempotencyKey, needed};

impl<C, T> Deciding<C, T>
where
    C: 'static,
    T: Reads<C> + Send + Sync + 'static,
    T::Error: Send + 'static,
{
    /// Decides on states that hold behind these guards.
    pub(super) fn decide_on(&self, states: &[Folded], guards: Vec<Guard>) -> Decided<T::Error> {
        let decide = || {
            let states = States::of::<C, _>(&self.facts, states);
            let events = match self.command.decide(Arc::unwrap_or_clone(states)) {
                Err(rejection) => return Ok(Decided::Rejected(rejection)),
                Ok(events) if events.is_empty() && self.key.is_none() => {
                    return Ok(Decided::Nothing);
                }
                Ok(events) => with_metadata(events.encode_with(self.log.ids())?, &self.metadata),
            };
            let request = AppendRequest::append(events, self.log.now(), self.log.limits())?;
            // A new id for each decision, since an old one may be void.
            let request = request.with_id(self.log.ids().append_id());
            Ok(Decided::Append(self.keyed(request.guarded(guards))))
        };
        let _entered = self.span.enter();
        let _deciding = observe::decide(T::NAME).entered();
        let (began, counters) = (Instant::now(), &self.log.cache().counters);
        let decided = catch_unwind(AssertUnwindSafe(decide));
        let within = began.elapsed();
        observe::decided(T::NAME, within);
        if within >= observe::SLOW_DECISION {
            counters.slow_decisions.one_more();
        }
        match decided {
            Ok(Ok(decided)) => decided,
            Ok(Err(error)) => Decided::Failed(error),
            Err(panic) => Decided::Panicked(panic),
        }
    }

    /// The request under the command's idempotency key.
    fn keyed(&self, request: AppendRequest) -> AppendRequest {
        match &self.key {
            Some(key) => request.with_key(key.clone()),
            None => request,
        }
    }
}

impl<C, T> Job for Deciding<C, T>
where
    C: 'static,
    T: Reads<C> + Send + Sync + 'static,
    T::Error: Send + 'static,
{
    fn entries(&self) -> &[Arc<Entry>] {
        &self.entries
    }

    fn key(&self) -> Option<&str> {
        self.key.as_ref().map(IdempotencyKey::key)
    }

    fn is_withdrawn(&self) -> bool {
        self.handover.is_withdrawn()
    }

    fn hand_over(&self, append_id: AppendId) -> bool {
        self.handover.hand_over(append_id)
    }

    fn take_back(&self) {
        self.handover.take_back();
    }

    fn decide(&mut self, states: &[Folded], guards: Vec<Guard>) -> Decision {
        self.guarded = needed(&guards);
        let guards: Vec<Guard> = self.guarded.iter().map(|&i| guards[i].clone()).collect();
        let decided = self.decide_on(states, guards.clone());
        let decision = match &decided {
            Decided::Append(request) => Decision::Judge(request.clone()),
            Decided::Rejected(_) if self.log.planted().has(Fault::RejectedUnconfirmed) => {
                Decision::Done(Turn::Judged(Ok(Answer::Confirmed)))
            }
            _ if guards.is_empty() && self.key.is_none() => {
                Decision::Done(Turn::Judged(Ok(Answer::Confirmed)))
            }
            // What appends nothing is judged, too: its facts must still hold when it is answered. A panic, or an event that
            // cannot be encoded, may come from a state that was out of date.
            _ => Decision::Judge(self.keyed(AppendRequest::check(guards))),
        };
        self.decided = Some(decided);
        decision
    }

    fn answer(mut self: Box<Self>, turn: Turn) {
        if let Some(back) = self.back.take() {
            // A caller that is gone does not want to know.
            drop(back.send((self, turn)));
        }
    }
}
