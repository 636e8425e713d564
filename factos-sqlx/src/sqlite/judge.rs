//! Judges the requests of a group in their order by what the log holds and what was accepted before them.

use std::collections::{BTreeMap, HashMap, HashSet};

use factos_core::store::{
    Answer, AppendRequest, Appended, BrokenGuard, Group, IdempotencyKey, Receipt, Refusal, Seen,
    StreamAppend,
};
use factos_core::{AppendId, EventId, Position, StreamName, Timestamp};

use super::check::Found;

/// The answers of a group, and what is to be written for them.
pub(super) struct Verdict<'g> {
    pub(super) answers: Vec<Result<Answer, Refusal>>,
    pub(super) writes: Vec<(&'g AppendRequest, Receipt)>,
    /// The log's head once they are written, and the event there.
    pub(super) seen: Seen,
}

/// Decides on all requests.
pub(super) fn judge(group: &Group, found: Found) -> Verdict<'_> {
    let mut judge = Judge {
        group,
        seen: Seen::new(found.head.position, found.head.event),
        recorded_at: found.last_recorded_at,
        found,
        answers: Vec::with_capacity(group.len()),
        writes: Vec::new(),
        write_of: Vec::with_capacity(group.len()),
        event_ids: HashSet::new(),
        next_revisions: HashMap::new(),
    };
    for (i, request) in group.requests().enumerate() {
        let before = judge.writes.len();
        let answer = judge.answer(i, request);
        let written = judge.writes.len() > before;
        judge.write_of.push(written.then_some(before));
        judge.answers.push(answer);
    }
    Verdict {
        answers: judge.answers,
        writes: judge.writes,
        seen: judge.seen,
    }
}

struct Judge<'g> {
    group: &'g Group,
    found: Found,
    seen: Seen,
    recorded_at: Option<Timestamp>,
    answers: Vec<Result<Answer, Refusal>>,
    writes: Vec<(&'g AppendRequest, Receipt)>,
    /// For each request so far: the number of its write, if it has one.
    write_of: Vec<Option<usize>>,
    /// Of the events accepted in this group.
    event_ids: HashSet<EventId>,
    /// Of the streams that this group has appended to.
    next_revisions: HashMap<&'g StreamName, u64>,
}

impl<'g> Judge<'g> {
    fn answer(&mut self, i: usize, request: &'g AppendRequest) -> Result<Answer, Refusal> {
        if let Some(known) = self.known_append(i, request.append_id())? {
            return Ok(Answer::Repeated(known));
        }
        if let Some(known) = self.known_key(i, request)? {
            return Ok(Answer::Repeated(known));
        }
        let stands = |i: &usize| matches!(self.answers.get(*i), Some(Ok(Answer::Accepted(_))));
        if !self.group.depends_on(i).iter().all(stands) {
            return Err(Refusal::DependencyFailed);
        }
        self.check_event_ids(request)?;
        let next_revision = self.check_stream(i, request.stream())?;
        self.check_guards(i, request)?;
        if request.is_check() {
            return Ok(Answer::Confirmed);
        }
        Ok(Answer::Accepted(self.accept(request, next_revision)))
    }

    fn known_append(&self, i: usize, id: AppendId) -> Result<Option<Receipt>, Refusal> {
        match self.found.appends.get(&i) {
            Some(Some(receipt)) => return Ok(Some(receipt.clone())),
            Some(None) => return Err(Refusal::Void(id)),
            None => {}
        }
        let accepted = self.receipts().find(|receipt| receipt.append_id == id);
        Ok(accepted.cloned())
    }

    fn known_key(&self, i: usize, request: &AppendRequest) -> Result<Option<Receipt>, Refusal> {
        let Some(key) = request.key() else {
            return Ok(None);
        };
        let same =
            |receipt: &&Receipt| receipt.key.as_ref().map(IdempotencyKey::key) == Some(key.key());
        let stored = self.found.keys.get(&i);
        match stored.or_else(|| self.receipts().find(same)) {
            None => Ok(None),
            Some(known) if known.key.as_ref() == Some(key) => Ok(Some(known.clone())),
            Some(_) => Err(Refusal::KeyReused {
                key: key.key().into(),
            }),
        }
    }

    fn receipts(&self) -> impl Iterator<Item = &Receipt> {
        self.writes.iter().map(|(_, receipt)| receipt)
    }

    fn check_event_ids(&self, request: &AppendRequest) -> Result<(), Refusal> {
        let mut own = HashSet::new();
        let several = request.events().len() > 1;
        let twice = request.events().iter().find(|event| {
            self.found.event_ids.contains(&event.id)
                || self.event_ids.contains(&event.id)
                || (several && !own.insert(event.id))
        });
        twice.map_or(Ok(()), |event| Err(Refusal::DuplicateEventId(event.id)))
    }

    /// Answers the next revision of the stream, if the request has one.
    fn check_stream(
        &self,
        i: usize,
        stream: Option<&StreamAppend>,
    ) -> Result<Option<u64>, Refusal> {
        let Some(stream) = stream else {
            return Ok(None);
        };
        let in_group = self.next_revisions.get(&stream.name);
        let stored = self.found.next_revisions.get(&i);
        let next = in_group.or(stored).copied().unwrap_or(0);
        if stream.expected.holds(next) {
            return Ok(Some(next));
        }
        Err(Refusal::WrongRevision {
            stream: stream.name.clone(),
            expected: stream.expected,
            next,
        })
    }

    fn check_guards(&self, i: usize, request: &AppendRequest) -> Result<(), Refusal> {
        let mut broken: BTreeMap<usize, Position> =
            self.found.broken.get(&i).cloned().unwrap_or_default();
        for (earlier, _) in self.group.conflicts(i) {
            let write = self.write_of.get(*earlier).copied().flatten();
            if let Some((earlier, receipt)) = write.and_then(|n| self.writes.get(n))
                && let Some(at) = receipt.appended
            {
                add_broken(&mut broken, request, earlier, at.first);
            }
        }
        if broken.is_empty() {
            return Ok(());
        }
        let broken = broken.into_iter();
        Err(Refusal::Conflict(
            broken
                .map(|(guard, position)| BrokenGuard { guard, position })
                .collect(),
        ))
    }

    fn accept(&mut self, request: &'g AppendRequest, next_revision: Option<u64>) -> Receipt {
        let count = request.events().len() as u64;
        let recorded_at = self.recorded_at.map_or(request.recorded_at(), |last| {
            last.max(request.recorded_at())
        });
        let appended = (count > 0).then(|| Appended {
            first: self.seen.head.plus(1),
            last: self.seen.head.plus(count),
            recorded_at,
            first_revision: next_revision,
        });
        if let Some(appended) = &appended {
            let last = request.events().last();
            self.seen = Seen::new(appended.last, last.map(|event| event.id));
            self.recorded_at = Some(recorded_at);
            self.event_ids
                .extend(request.events().iter().map(|event| event.id));
            if let (Some(stream), Some(next)) = (request.stream(), next_revision) {
                self.next_revisions.insert(&stream.name, next + count);
            }
        }
        let receipt = Receipt {
            append_id: request.append_id(),
            appended,
            key: request.key().cloned(),
        };
        self.writes.push((request, receipt.clone()));
        receipt
    }
}

/// Adds the guards of a request that an earlier one's events break, which stand from `first` on.
fn add_broken(
    broken: &mut BTreeMap<usize, Position>,
    request: &AppendRequest,
    earlier: &AppendRequest,
    first: Position,
) {
    for (g, guard) in request.guards().iter().enumerate() {
        let mut places = (0..).map(|n| first.plus(n)).zip(earlier.events());
        let hit = places.find(|(position, event)| {
            *position > guard.after && guard.query.matches(&event.event_type, &event.tags)
        });
        if let Some((position, _)) = hit {
            let at = broken.entry(g).or_insert(position);
            *at = position.min(*at);
        }
    }
}
