//! The stage: a group in the making. Commands are decided in their order, each on what is committed and on what those
//! in front of it have decided.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tokio::sync::oneshot;

use super::Failure;
use super::job::{Decision, Job, Turn};
use super::outcome::Outcome;
use super::tail::Tail;
use super::writer::Waiting;
use crate::dispatch::{Entry, Fault, NotReady, Planted};
use crate::facts::Folded;
use crate::store::{Answer, AppendRequest, Group, Guard, Refusal, Seen};
use crate::time::Timestamp;

/// Requests that share one commit at most.
const GROUP_REQUESTS: usize = 256;
/// Bytes of data that share one commit at most. A request that is larger goes alone.
const GROUP_BYTES: usize = 1 << 20;

/// A group in the making.
pub(super) struct Stage<'t> {
    tail: &'t mut Tail,
    /// Whether events are staged, which somebody may be decided on.
    is_staging: bool,
    generation: u64,
    planted: Planted,
    group: Group,
    members: Vec<Member>,
    bytes: usize,
    /// The time of the last append.
    latest: Timestamp,
    /// The facts that the group's commands were decided on.
    used: Vec<Arc<Entry>>,
    keys: HashSet<Box<str>>,
}

/// A request in the store's hands.
pub(super) struct Member {
    pub(super) request: AppendRequest,
    /// Whether it was decided on what other members append.
    pub(super) is_dependent: bool,
    pub(super) caller: Caller,
}

/// Who waits for an answer.
pub(super) enum Caller {
    Append(oneshot::Sender<Result<Answer, Failure>>),
    Job(Box<dyn Job>),
}

/// What became of somebody who was to join the group.
pub(super) enum Joined {
    /// It is a member now, or needs no group.
    Done,
    /// It waits for the next group.
    Later(Waiting),
    /// It waits for the next group, and so does everybody behind it.
    Full(Waiting),
}

impl<'t> Stage<'t> {
    /// `seen` is how far the log was seen to reach before, and `generation` how often it was found to be another one: the
    /// tail is of that generation.
    pub(super) fn new(tail: &'t mut Tail, seen: Seen, generation: u64, planted: Planted) -> Self {
        Self {
            is_staging: tail.is_watched,
            tail,
            generation,
            planted,
            group: Group::new().decided_after(seen),
            members: Vec::new(),
            bytes: 0,
            latest: Timestamp::from_micros(i64::MIN),
            used: Vec::new(),
            keys: HashSet::new(),
        }
    }

    /// How many members there are.
    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    /// Takes somebody who waits.
    pub(super) fn join(&mut self, waiting: Waiting) -> Joined {
        if self.members.len() == GROUP_REQUESTS {
            return Joined::Full(waiting);
        }
        match waiting {
            Waiting::Append { ref request, .. } if !self.has_room_for(request) => {
                Joined::Full(waiting)
            }
            Waiting::Append {
                request,
                handover,
                reply,
            } => {
                if request.is_check() && !handover.is_withdrawn()
                    || handover.hand_over(request.append_id())
                {
                    self.push(request, Vec::new(), Caller::Append(reply));
                }
                Joined::Done
            }
            Waiting::Job(job) if job.is_withdrawn() => Joined::Done,
            Waiting::Job(job) => self.decide(job),
            Waiting::Drain(_) => Joined::Later(waiting),
        }
    }

    fn has_room_for(&self, request: &AppendRequest) -> bool {
        self.members.is_empty() || self.bytes + request.size() <= GROUP_BYTES
    }

    fn push(&mut self, request: AppendRequest, decided_on: Vec<usize>, caller: Caller) -> usize {
        // As the store does: times that are in order cost it less.
        let request = request.not_before(self.latest);
        if !request.is_check() {
            self.latest = request.recorded_at();
        }
        self.bytes += request.size();
        if let Some(key) = request.key() {
            self.keys.insert(key.key().into());
        }
        let is_dependent = !decided_on.is_empty();
        let member = self.group.push_decided_on(request.clone(), decided_on);
        if self.is_staging {
            self.tail.stage(member, &request);
        }
        self.members.push(Member {
            request,
            is_dependent,
            caller,
        });
        member
    }

    /// Decides a command. What rests on events that are only staged, and is not to be judged, waits until they are
    /// committed: they might never be.
    fn decide(&mut self, mut job: Box<dyn Job>) -> Joined {
        self.watch();
        if job.key().is_some_and(|key| self.keys.contains(key)) {
            return Joined::Later(Waiting::Job(job));
        }
        let facts = match catch_unwind(AssertUnwindSafe(|| self.bring_up(job.entries()))) {
            Ok(Ok(facts)) => facts,
            Ok(Err(NotReady::Later)) => return Joined::Later(Waiting::Job(job)),
            Ok(Err(NotReady::Stale)) => return done(job, Turn::Stale),
            Ok(Err(NotReady::Undecodable(error))) => return done(job, Turn::Undecodable(error)),
            Err(_) if self.tail.staged() > 0 => return Joined::Later(Waiting::Job(job)),
            Err(panic) => return done(job, Turn::Panicked(panic)),
        };
        let Facts {
            states,
            guards,
            mut decided_on,
        } = facts;
        let request = match job.decide(&states, guards) {
            Decision::Judge(request) => request,
            Decision::Done(_) if !decided_on.is_empty() => return Joined::Later(Waiting::Job(job)),
            Decision::Done(turn) => return done(job, turn),
        };
        drop(states);
        if !self.has_room_for(&request) {
            return Joined::Full(Waiting::Job(job));
        }
        if !request.is_check() && !job.hand_over(request.append_id()) {
            return Joined::Done;
        }
        if request.is_check() && self.planted.has(Fault::RejectedOnUncommitted) {
            decided_on.clear();
        }
        let entries = job.entries().to_vec();
        let member = self.push(request, decided_on, Caller::Job(job));
        for entry in entries {
            entry.add_guard(member);
        }
        Joined::Done
    }

    /// From now on events are kept.
    fn watch(&mut self) {
        if self.is_staging {
            return;
        }
        self.is_staging = true;
        self.tail.is_watched = true;
        for (number, member) in self.members.iter().enumerate() {
            self.tail.stage(number, &member.request);
        }
    }

    fn bring_up(&mut self, entries: &[Arc<Entry>]) -> Result<Facts, NotReady> {
        let mut facts = Facts::default();
        for entry in entries {
            if entry.generation != self.generation {
                return Err(NotReady::Stale);
            }
            let ready = entry.bring_up(self.tail, &mut self.used, self.planted)?;
            facts
                .guards
                .push(Guard::new(entry.leaf.query.clone(), ready.folded.at));
            facts.states.push(ready.folded);
            facts.decided_on.extend(ready.decided_on);
        }
        facts.decided_on.sort_unstable();
        facts.decided_on.dedup();
        Ok(facts)
    }

    /// The group, as it is to be committed.
    pub(super) fn take_group(&mut self) -> Group {
        std::mem::take(&mut self.group)
    }

    /// The group is committed: what is known moves on.
    pub(super) fn settle(
        self,
        answers: Option<&[Result<Answer, Refusal>]>,
    ) -> (Vec<Member>, Vec<Arc<Entry>>) {
        let requests = self.members.iter().map(|member| &member.request);
        let outcome = match answers {
            Some(answers) => Outcome::new(requests.zip(answers), self.tail.owners()),
            None => Outcome::default(),
        };
        for entry in &self.used {
            entry.settle(&outcome);
        }
        match (outcome.before(), outcome.after()) {
            (Some(before), _) if self.is_staging => self.tail.commit(before, outcome.accepted()),
            (_, Some(after)) => self.tail.restart(after),
            _ => self.tail.unstage(),
        }
        (self.members, self.used)
    }
}

/// What a command is decided on.
#[derive(Default)]
struct Facts {
    states: Vec<Folded>,
    guards: Vec<Guard>,
    decided_on: Vec<usize>,
}

fn done(job: Box<dyn Job>, turn: Turn) -> Joined {
    job.answer(turn);
    Joined::Done
}
