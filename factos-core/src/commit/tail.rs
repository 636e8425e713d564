//! The tail: the last events that this process knows to stand side by side, and behind them those that are staged.

mod index;
mod latest;

use index::Index;
use latest::Latest;

use crate::event::{StoredEvent, StreamPlace};
use crate::facts::Decoded;
use crate::name::StreamName;
use crate::position::Position;
use crate::query::Query;
use crate::store::{AppendRequest, Appended};

/// Committed events that are kept at least; twice as many at most.
const KEPT: usize = 8192;
/// Bytes of data of the committed events that are kept at most.
const KEPT_BYTES: usize = 8 << 20;

/// The events behind a position: first those that are committed, with no gap between them, so that nothing that others
/// have appended can be missing; then those that the group at hand is to append, in their order.
#[derive(Default)]
pub(crate) struct Tail {
    /// The position in front of the first event.
    base: Position,
    events: Vec<Decoded>,
    /// How many of the events are committed.
    committed: usize,
    bytes: usize,
    /// The member of the group that each staged event is from.
    owners: Vec<usize>,
    index: Index,
    latest: Latest,
    /// Whether anybody is decided on what is here: events cost time to keep.
    pub(super) is_watched: bool,
}

impl Tail {
    /// The position of the last event that is known to be committed.
    pub(crate) fn head(&self) -> Position {
        self.base.plus(self.committed as u64)
    }

    /// Whether every event behind this position, up to the head, is here.
    pub(crate) fn reaches_back_to(&self, position: Position) -> bool {
        self.base <= position
    }

    /// Whether this process has probably appended something behind a position that matches a query, also if the events
    /// themselves are not here any more.
    pub(crate) fn may_have_changed(&self, query: &Query, position: Position) -> bool {
        self.latest.may_match(query, position)
    }

    /// How many events are staged.
    pub(crate) fn staged(&self) -> usize {
        self.events.len() - self.committed
    }

    /// The members of the group that staged events are from, in the order of the events.
    pub(super) fn owners(&self) -> &[usize] {
        &self.owners
    }

    /// All events, for their numbers.
    pub(crate) fn events(&mut self) -> &mut [Decoded] {
        &mut self.events
    }

    /// The numbers of the committed events behind a position that match a query.
    pub(crate) fn committed_behind(&self, position: Position, query: &Query) -> Vec<usize> {
        let behind = position.get().saturating_sub(self.base.get());
        let from = usize::try_from(behind).unwrap_or(usize::MAX);
        self.matching(query, from.min(self.committed), self.committed)
    }

    /// The numbers of the staged events that match a query, without the first ones.
    pub(crate) fn staged_behind(&self, examined: usize, query: &Query) -> Vec<usize> {
        self.matching(query, self.committed + examined, self.events.len())
    }

    /// The member of the group that the staged event with this number is from.
    pub(crate) fn owner(&self, event: usize) -> Option<usize> {
        let staged = event.checked_sub(self.committed)?;
        self.owners.get(staged).copied()
    }

    fn matching(&self, query: &Query, from: usize, to: usize) -> Vec<usize> {
        if from >= to {
            return Vec::new();
        }
        let matches = |event: &Decoded| query.matches(&event.stored.event_type, &event.stored.tags);
        let mut found = match self.index.candidates(query, from) {
            Some(candidates) => candidates,
            None => (from..to).collect(),
        };
        found.retain(|&i| i < to && matches(&self.events[i]));
        found
    }

    /// Puts the events of a member of the group behind the others, where they will stand if all are accepted.
    pub(super) fn stage(&mut self, member: usize, request: &AppendRequest) {
        for event in request.events() {
            let position = self.base.plus(self.events.len() as u64 + 1);
            let stored = StoredEvent::new(
                event.clone(),
                position,
                request.recorded_at(),
                request.append_id(),
                None,
            );
            self.owners.push(member);
            self.push(Decoded::from(stored));
        }
    }

    /// Takes back what is staged.
    pub(super) fn unstage(&mut self) {
        self.take_staged();
    }

    fn take_staged(&mut self) -> Vec<(usize, Decoded)> {
        let staged = self.events.split_off(self.committed);
        for event in staged.iter().rev() {
            self.index.pop(&event.stored);
            self.bytes -= event.stored.size();
        }
        std::mem::take(&mut self.owners)
            .into_iter()
            .zip(staged)
            .collect()
    }

    /// The staged events of accepted members stand behind `before` now. When that is not the head, others have appended
    /// in between, and what was known in front of it is of no use any more.
    pub(super) fn commit(&mut self, before: Position, accepted: &[Option<Accepted>]) {
        let staged = self.take_staged();
        if before != self.head() {
            self.restart(before);
        }
        let mut number = 0;
        let mut last = None;
        for (member, mut event) in staged {
            let Some(Some(accepted)) = accepted.get(member) else {
                continue;
            };
            number = if last == Some(member) { number + 1 } else { 0 };
            last = Some(member);
            accepted.place(&mut event, number);
            self.latest.note(&event.stored);
            self.push(event);
            self.committed += 1;
        }
        self.trim();
    }

    /// Nothing is known but where the log ends.
    pub(super) fn restart(&mut self, head: Position) {
        *self = Self {
            base: head,
            is_watched: self.is_watched,
            latest: std::mem::take(&mut self.latest),
            ..Self::default()
        };
    }

    fn push(&mut self, event: Decoded) {
        self.index.push(self.events.len(), &event.stored);
        self.bytes += event.stored.size();
        self.events.push(event);
    }

    /// Forgets the oldest events when there are many.
    fn trim(&mut self) {
        if self.committed <= 2 * KEPT && self.bytes <= KEPT_BYTES {
            return;
        }
        let mut kept = 0;
        let mut bytes = 0;
        for event in self.events.iter().rev().take(KEPT) {
            bytes += event.stored.size();
            if bytes > KEPT_BYTES / 2 {
                break;
            }
            kept += 1;
        }
        let rest = self.events.split_off(self.committed - kept);
        self.restart(Position::new(self.head().get() - kept as u64));
        for event in rest {
            self.push(event);
        }
        self.committed = kept;
    }
}

/// Where an accepted member's events stand.
#[derive(Debug)]
pub(super) struct Accepted {
    pub(super) appended: Appended,
    pub(super) stream: Option<StreamName>,
}

impl Accepted {
    /// Writes down what is only known since the commit.
    fn place(&self, event: &mut Decoded, number: u64) {
        let first_revision = self.appended.first_revision;
        let place = self.stream.clone().zip(first_revision);
        let stream = place.map(|(name, first)| StreamPlace {
            name,
            revision: first + number,
        });
        let position = self.appended.first.plus(number);
        let stored = &mut event.stored;
        let is_as_expected = stored.position == position
            && stored.recorded_at == self.appended.recorded_at
            && stream.is_none();
        if !is_as_expected {
            stored.position = position;
            stored.recorded_at = self.appended.recorded_at;
            stored.stream = stream;
            event.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::codec::Data;
    use crate::event::NewEvent;
    use crate::limits::Limits;
    use crate::name::EventType;
    use crate::query::QueryItem;
    use crate::tag::Tag;
    use crate::time::Timestamp;

    fn event_type(n: u8) -> EventType {
        EventType::new(format!("T{n}")).expect("a type")
    }

    fn tag(n: u8) -> Tag {
        Tag::new("k", n.to_string()).expect("a tag")
    }

    fn request(events: &[(u8, Vec<u8>)]) -> AppendRequest {
        let event = |(kind, tags): &(u8, Vec<u8>)| {
            let data = Data::json("{}").expect("json");
            let event = NewEvent::new(event_type(*kind), data);
            tags.iter().fold(event, |event, n| event.tagged(tag(*n)))
        };
        let events = events.iter().map(event).collect();
        AppendRequest::append(events, Timestamp::from_micros(0), &Limits::default())
            .expect("within the limits")
    }

    /// A group's members, which of them are accepted, and how many events others append in front.
    type Step = (Vec<(Vec<(u8, Vec<u8>)>, bool)>, u64);

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let event = (0_u8..3, vec(0_u8..4, 0..3));
        let member = (vec(event, 1..4), any::<bool>());
        vec(
            (
                vec(member, 0..5),
                prop_oneof![4 => Just(0_u64), 1 => 1_u64..3],
            ),
            1..12,
        )
    }

    fn queries() -> Vec<Query> {
        let typed = |n| QueryItem::new().of_type(event_type(n));
        vec![
            Query::all(),
            typed(0).into(),
            QueryItem::new().tagged(tag(1)).into(),
            typed(1).tagged(tag(0)).tagged(tag(2)).into(),
            Query::new([
                typed(2),
                QueryItem::new().tagged(tag(3)),
                typed(1).tagged(tag(3)),
            ]),
        ]
    }

    /// What is found by the index is what a look at every event finds.
    fn is_found(tail: &mut Tail) {
        for query in queries() {
            let all = 0..tail.events.len();
            let matching: Vec<usize> = all
                .filter(|&i| {
                    let stored = &tail.events[i].stored;
                    query.matches(&stored.event_type, &stored.tags)
                })
                .collect();
            let (committed, staged): (Vec<usize>, Vec<usize>) =
                matching.into_iter().partition(|&i| i < tail.committed);
            let base = tail.base;
            assert_eq!(tail.committed_behind(base, &query), committed);
            assert_eq!(tail.staged_behind(0, &query), staged);
            let later = committed.iter().copied().filter(|&i| i >= 2);
            assert_eq!(
                tail.committed_behind(base.plus(2), &query),
                later.collect::<Vec<_>>()
            );
        }
    }

    proptest! {
        #[test]
        fn it_holds_what_was_committed_side_by_side(steps in steps()) {
            let mut tail = Tail::default();
            let (mut head, mut known, mut is_gap) = (0, Vec::new(), false);
            for (members, others) in steps {
                let requests: Vec<_> = members.iter().map(|(events, _)| request(events)).collect();
                for (member, request) in requests.iter().enumerate() {
                    tail.stage(member, request);
                }
                is_found(&mut tail);
                let before = head + others;
                head = before;
                let mut accepted = Vec::new();
                is_gap |= others > 0;
                if is_gap && members.iter().any(|(_, is_in)| *is_in) {
                    known.clear();
                    is_gap = false;
                }
                for (request, (_, is_in)) in requests.iter().zip(&members) {
                    accepted.push(is_in.then(|| {
                        let first = Position::new(head + 1);
                        head += request.events().len() as u64;
                        known.extend(request.events().iter().map(|event| event.id));
                        let last = Position::new(head);
                        let recorded_at = Timestamp::from_micros(0);
                        let first_revision = None;
                        let appended = Appended { first, last, recorded_at, first_revision };
                        Accepted { appended, stream: None }
                    }));
                }
                if accepted.iter().any(Option::is_some) {
                    tail.commit(Position::new(before), &accepted);
                    prop_assert_eq!(tail.head(), Position::new(head));
                } else {
                    tail.unstage();
                }
                is_found(&mut tail);
                prop_assert_eq!(tail.staged(), 0);
                let ids: Vec<_> = tail.events.iter().map(|event| event.stored.id).collect();
                prop_assert_eq!(&ids, &known);
                let positions = tail.events.iter().map(|event| event.stored.position.get());
                let expected = tail.base.get() + 1..=tail.head().get();
                prop_assert!(positions.eq(expected));
            }
        }
    }

    #[test]
    fn it_keeps_the_latest_only() {
        let mut tail = Tail::default();
        let one = request(&[(0, vec![0])]);
        for n in 0..40_000 {
            tail.stage(0, &one);
            let (first, recorded_at) = (Position::new(n + 1), Timestamp::from_micros(0));
            let appended = Appended {
                first,
                last: first,
                recorded_at,
                first_revision: None,
            };
            let accepted = Accepted {
                appended,
                stream: None,
            };
            tail.commit(Position::new(n), &[Some(accepted)]);
            assert!(tail.events.len() <= 2 * KEPT);
        }
        assert_eq!(tail.head(), Position::new(40_000));
        assert!(tail.reaches_back_to(Position::new(40_000 - KEPT as u64)));
        let query = QueryItem::new().tagged(tag(0)).into();
        assert_eq!(
            tail.committed_behind(Position::new(39_990), &query).len(),
            10
        );
    }
}
