//! The log itself: a list of events, judged and extended one request after the other.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound;

use crate::event::{NewEvent, StoredEvent, StreamPlace};
use crate::id::{AppendId, EventId};
use crate::name::StreamName;
use crate::position::Position;
use crate::store::{
    Answer, AppendRequest, Appended, BrokenGuard, Direction, Group, Guard, ReadPart, ReadRequest,
    Receipt, Receipts, Refusal, Settled, Snapshot, Source,
};
use crate::time::Timestamp;

#[derive(Debug, Default)]
pub(super) struct Log {
    /// The event at position p stands at index p - 1.
    events: Vec<StoredEvent>,
    event_ids: HashSet<EventId>,
    /// What became of each append; `None` when it was settled as void.
    appends: BTreeMap<AppendId, Option<Receipt>>,
    keys: HashMap<String, AppendId>,
}

impl Log {
    pub(super) fn head(&self) -> Position {
        Position::START.plus(self.events.len() as u64)
    }

    pub(super) fn append(&mut self, group: &Group) -> Vec<Result<Answer, Refusal>> {
        let mut answers: Vec<Result<Answer, Refusal>> = Vec::with_capacity(group.len());
        for (i, request) in group.requests().enumerate() {
            let decided_on = accepted(&answers, group.depends_on(i));
            let answer = self.judge(request, decided_on.as_deref());
            answers.push(answer.map(|known| known.unwrap_or_else(|| self.write(request))));
        }
        answers
    }

    /// The answer to a request that writes nothing, or `None` when it is to be written.
    ///
    /// `decided_on` holds where the events stand that the request takes for granted, or nothing when one of its
    /// dependencies has failed.
    fn judge(
        &self,
        request: &AppendRequest,
        decided_on: Option<&[Appended]>,
    ) -> Result<Option<Answer>, Refusal> {
        if let Some(known) = self.known_append(request)? {
            return Ok(Some(known));
        }
        if let Some(known) = self.known_key(request)? {
            return Ok(Some(known));
        }
        let decided_on = decided_on.ok_or(Refusal::DependencyFailed)?;
        self.check_event_ids(request.events())?;
        self.check_stream(request)?;
        self.check_guards(request.guards(), decided_on)?;
        Ok(request.is_check().then_some(Answer::Confirmed))
    }

    fn known_append(&self, request: &AppendRequest) -> Result<Option<Answer>, Refusal> {
        match self.appends.get(&request.append_id()) {
            None => Ok(None),
            Some(None) => Err(Refusal::Void(request.append_id())),
            Some(Some(receipt)) => Ok(Some(Answer::Repeated(receipt.clone()))),
        }
    }

    fn known_key(&self, request: &AppendRequest) -> Result<Option<Answer>, Refusal> {
        let Some(key) = request.key() else {
            return Ok(None);
        };
        match self.receipt_of_key(key.key()) {
            None => Ok(None),
            Some(receipt) if receipt.key.as_ref() == Some(key) => {
                Ok(Some(Answer::Repeated(receipt.clone())))
            }
            Some(_) => Err(Refusal::KeyReused {
                key: key.key().into(),
            }),
        }
    }

    fn receipt_of_key(&self, key: &str) -> Option<&Receipt> {
        self.appends.get(self.keys.get(key)?)?.as_ref()
    }

    fn check_event_ids(&self, events: &[NewEvent]) -> Result<(), Refusal> {
        let mut own = HashSet::new();
        let twice = events
            .iter()
            .find(|event| self.event_ids.contains(&event.id) || !own.insert(event.id));
        twice.map_or(Ok(()), |event| Err(Refusal::DuplicateEventId(event.id)))
    }

    fn check_stream(&self, request: &AppendRequest) -> Result<(), Refusal> {
        let Some(stream) = request.stream() else {
            return Ok(());
        };
        let next = self.next_revision(&stream.name);
        if stream.expected.holds(next) {
            return Ok(());
        }
        Err(Refusal::WrongRevision {
            stream: stream.name.clone(),
            expected: stream.expected,
            next,
        })
    }

    fn next_revision(&self, name: &StreamName) -> u64 {
        let places = self
            .events
            .iter()
            .rev()
            .filter_map(|event| event.stream.as_ref());
        let last = places.into_iter().find(|place| place.name == *name);
        last.map_or(0, |place| place.revision + 1)
    }

    fn check_guards(&self, guards: &[Guard], decided_on: &[Appended]) -> Result<(), Refusal> {
        let granted = |p: Position| decided_on.iter().any(|a| a.first <= p && p <= a.last);
        let broken = |(i, guard): (usize, &Guard)| {
            let later = self.behind(guard.after).iter();
            let mut breaking =
                later.filter(|event| guard.query.matches(&event.event_type, &event.tags));
            let first = breaking.find(|event| !granted(event.position))?;
            Some(BrokenGuard {
                guard: i,
                position: first.position,
            })
        };
        let broken: Vec<BrokenGuard> = guards.iter().enumerate().filter_map(broken).collect();
        if broken.is_empty() {
            Ok(())
        } else {
            Err(Refusal::Conflict(broken))
        }
    }

    fn write(&mut self, request: &AppendRequest) -> Answer {
        let append_id = request.append_id();
        let stream = request.stream().map(|stream| &stream.name);
        let first_revision = stream.map(|name| self.next_revision(name));
        let recorded_at = self.recorded_at(request.recorded_at());
        let first = self.head().plus(1);
        for (i, event) in (0..).zip(request.events()) {
            let place = stream.zip(first_revision).map(|(name, first)| StreamPlace {
                name: name.clone(),
                revision: first + i,
            });
            self.event_ids.insert(event.id);
            let event =
                StoredEvent::new(event.clone(), first.plus(i), recorded_at, append_id, place);
            self.events.push(event);
        }
        let receipt = Receipt {
            append_id,
            appended: (!request.events().is_empty()).then(|| Appended {
                first,
                last: self.head(),
                recorded_at,
                first_revision,
            }),
            key: request.key().cloned(),
        };
        if let Some(key) = request.key() {
            self.keys.insert(key.key().into(), append_id);
        }
        self.appends.insert(append_id, Some(receipt.clone()));
        Answer::Accepted(receipt)
    }

    fn recorded_at(&self, wanted: Timestamp) -> Timestamp {
        self.events
            .last()
            .map_or(wanted, |last| wanted.max(last.recorded_at))
    }

    pub(super) fn settle(&mut self, append_id: AppendId) -> Settled {
        settled(self.appends.entry(append_id).or_insert(None).as_ref())
    }

    pub(super) fn read(&self, request: &ReadRequest) -> Snapshot {
        Snapshot {
            head: self.head(),
            head_event: self.events.last().map(|event| event.id),
            parts: request
                .parts
                .iter()
                .map(|part| self.read_part(part))
                .collect(),
            known: request
                .key
                .as_deref()
                .and_then(|key| self.receipt_of_key(key))
                .cloned(),
            receipts: match request.receipts {
                None => Vec::new(),
                Some(Receipts::Keyed { after, to }) => self.keyed(after, to),
                Some(Receipts::WithoutEvents { after, limit }) => self.without_events(after, limit),
            },
        }
    }

    fn keyed(&self, after: Position, to: Position) -> Vec<(AppendId, Settled)> {
        let receipt_of_first = |event: &StoredEvent| {
            let receipt = self.appends.get(&event.append_id)?.as_ref()?;
            let first = receipt.appended?.first == event.position;
            (first && receipt.key.is_some()).then(|| receipt.clone())
        };
        self.between(after, Some(to))
            .filter_map(receipt_of_first)
            .map(|receipt| (receipt.append_id, Settled::Committed(receipt)))
            .collect()
    }

    fn without_events(&self, after: Option<AppendId>, limit: u64) -> Vec<(AppendId, Settled)> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.appends
            .range((after, Bound::Unbounded))
            .filter(|(_, known)| known.as_ref().is_none_or(|it| it.appended.is_none()))
            .take(as_count(limit))
            .map(|(id, known)| (*id, settled(known.as_ref())))
            .collect()
    }

    fn read_part(&self, part: &ReadPart) -> Vec<StoredEvent> {
        let limit = part.limit.map_or(usize::MAX, as_count);
        let wanted = self
            .between(part.after, part.to)
            .filter(|event| is_from(&part.source, event));
        match part.direction {
            Direction::Forward => wanted.take(limit).cloned().collect(),
            Direction::Backward => wanted.rev().take(limit).cloned().collect(),
        }
    }

    fn between(
        &self,
        after: Position,
        to: Option<Position>,
    ) -> impl DoubleEndedIterator<Item = &StoredEvent> {
        let behind = self.behind(after).iter();
        behind.filter(move |event| to.is_none_or(|to| event.position <= to))
    }

    fn behind(&self, after: Position) -> &[StoredEvent] {
        let index = usize::try_from(after.get()).unwrap_or(usize::MAX);
        self.events.get(index..).unwrap_or_default()
    }
}

fn as_count(limit: u64) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

fn settled(known: Option<&Receipt>) -> Settled {
    known.cloned().map_or(Settled::Void, Settled::Committed)
}

fn is_from(source: &Source, event: &StoredEvent) -> bool {
    match source {
        Source::Query(query) => query.matches(&event.event_type, &event.tags),
        Source::Stream { name, from } => {
            let place = event.stream.as_ref();
            place.is_some_and(|place| place.name == *name && place.revision >= *from)
        }
    }
}

/// Where the events of these earlier requests stand, or `None` if one of them was not accepted now.
fn accepted(answers: &[Result<Answer, Refusal>], depends_on: &[usize]) -> Option<Vec<Appended>> {
    let mut places = Vec::new();
    for &i in depends_on {
        match answers.get(i) {
            Some(Ok(Answer::Accepted(receipt))) => places.extend(receipt.appended),
            _ => return None,
        }
    }
    Some(places)
}
