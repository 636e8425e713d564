//! Random events and conditions, of all shapes.

use std::time::Duration;

use factos::store::{AppendRequest, Guard};
use factos::{
    Clock, Data, EventType, Limits, NewEvent, Position, Query, QueryItem, SystemClock, Tag,
};
use fastrand::Rng;

/// Types of events; those at the front are more frequent.
const TYPES: [&str; 5] = ["A", "A", "B", "B", "It's \u{e9}%_"];

/// Different values of the tags that many events have.
const HOT: [(&str, u32); 2] = [("x", 12), ("y", 6)];

/// Different values of the tag that few events have.
const RARE: u32 = 100_000;

/// Everything that is random, from one seed.
pub struct Shape(pub Rng);

impl Shape {
    pub fn seeded(seed: u64) -> Self {
        Self(Rng::with_seed(seed))
    }

    /// True so many times of a hundred.
    pub fn percent(&mut self, of_hundred: u32) -> bool {
        self.0.u32(..100) < of_hundred
    }

    /// One to three events, now and then many.
    pub fn events(&mut self) -> Vec<NewEvent> {
        let count = if self.percent(1) {
            self.0.usize(10..60)
        } else {
            self.0.usize(1..4)
        };
        (0..count).map(|_| self.event()).collect()
    }

    fn event(&mut self) -> NewEvent {
        let data = Data::json(format!("{{ \"n\": {}.0 }}", self.0.u32(..))).expect("json");
        let mut event = NewEvent::new(self.event_type(), data);
        event.version = self.0.u32(1..3);
        for _ in 0..self.0.usize(..4) {
            event.tags.insert(self.tag());
        }
        if self.percent(10) {
            event.metadata.set("actor", "a=b\n\"'\u{1f980}");
        }
        event
    }

    fn event_type(&mut self) -> EventType {
        let name = self.0.choice(TYPES).expect("there are types");
        EventType::new(name).expect("a type")
    }

    fn tag(&mut self) -> Tag {
        let (key, values) = match self.0.u32(..8) {
            0 => ("rare", RARE),
            n => HOT[usize::from(n % 2 == 0)],
        };
        Tag::new(key, self.0.u32(..values).to_string()).expect("a tag")
    }

    /// A query for all, types, tags, both, or several of those.
    pub fn query(&mut self) -> Query {
        if self.percent(4) {
            return Query::all();
        }
        let items = if self.percent(20) {
            self.0.usize(2..5)
        } else {
            1
        };
        Query::new((0..items).map(|_| self.item()).collect::<Vec<_>>())
    }

    fn item(&mut self) -> QueryItem {
        let (types, tags) = match self.0.u32(..10) {
            0 => (1, 0),
            1 => (0, 1),
            2 => (2, 1),
            3 => (0, 2),
            4 => (2, 2),
            5 => (1, 3),
            _ => (1, 1),
        };
        let item = (0..types).fold(QueryItem::new(), |item, _| item.of_type(self.event_type()));
        (0..tags).fold(item, |item, _| item.tagged(self.tag()))
    }

    /// No guard, one, or several, at the head or somewhat before or behind it.
    pub fn guards(&mut self, head: u64) -> Vec<Guard> {
        let count = if self.percent(20) {
            0
        } else {
            self.0.usize(1..4)
        };
        (0..count)
            .map(|_| Guard::new(self.query(), self.position(head)))
            .collect()
    }

    /// A position near the head.
    pub fn position(&mut self, head: u64) -> Position {
        let near = self.0.u64(..5);
        Position::new(match self.0.u32(..10) {
            0 => head + near,
            1 | 2 => head.saturating_sub(near),
            _ => head,
        })
    }

    /// An append under random guards.
    pub fn request(&mut self, head: u64) -> AppendRequest {
        let guards = self.guards(head);
        append(self.events()).guarded(guards)
    }

    /// An append that takes a name which nobody has taken so far. Those who try it at the same time choose among few.
    pub fn claim(&mut self, head: u64) -> AppendRequest {
        let name = Tag::new("name", (head / 64 + self.0.u64(..8)).to_string()).expect("a tag");
        let claimed = EventType::new("Claimed").expect("a type");
        let mut events = self.events();
        events[0].event_type = claimed.clone();
        events[0].tags.insert(name.clone());
        let taken = QueryItem::new().of_type(claimed).tagged(name);
        append(events).guarded([Guard::new(taken.into(), Position::START)])
    }

    /// A query that this event matches.
    pub fn query_of(&mut self, event: &NewEvent) -> Query {
        let tag = event.tags.iter().next().filter(|_| self.percent(80));
        let item = tag.map_or(QueryItem::new(), |tag| QueryItem::new().tagged(tag.clone()));
        let item = if self.percent(60) {
            item.of_type(event.event_type.clone())
        } else {
            item
        };
        Query::new([item])
    }
}

/// A request of events alone, to be stored at the present time, or at what a slow clock takes for it.
pub fn append(events: Vec<NewEvent>) -> AppendRequest {
    let slow = Duration::from_micros(fastrand::u64(..200_000));
    let now = SystemClock.now() - slow;
    AppendRequest::append(events, now, &Limits::default()).expect("within the limits")
}
