//! The log in little memory, with an index of its own, so that a million appends can be checked in minutes.

use std::collections::hash_map::Entry as Slot;
use std::collections::{HashMap, HashSet};
use std::fmt;

use factos::StoredEvent;

use super::violation::{Rule, Violations};
use crate::counter::{COUNTED, Counted};
use crate::disturbed::digest;
use crate::record::{Id, Item, Query};

/// The events of a log in their order, each as little as the checks need.
#[derive(Debug, Default)]
pub struct Index {
    events: Vec<Event>,
    /// The tags of all events, one after the other.
    tags: Vec<u32>,
    types: Places,
    tagged: Places,
    streams: HashMap<String, u64>,
    appends: HashMap<Id, Stored>,
    event_ids: HashSet<Id>,
    /// By the call that dispatched them, where events that count stand.
    counted: HashMap<Id, u64>,
}

#[derive(Debug)]
struct Event {
    append: Id,
    content: u64,
    digest: u64,
    recorded_at: i64,
    revision: Option<u64>,
    r#type: u32,
    /// Where its tags begin and end in `Index::tags`.
    tags: (usize, usize),
}

/// Where an append stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    pub first: u64,
    pub last: u64,
}

impl fmt::Display for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {} to {}", self.first, self.last)
    }
}

impl Stored {
    fn contains(self, position: u64) -> bool {
        (self.first..=self.last).contains(&position)
    }
}

/// Names by number, and at which positions each one occurs.
#[derive(Debug, Default)]
struct Places {
    numbers: HashMap<String, u32>,
    positions: Vec<Vec<u64>>,
}

impl Places {
    fn add(&mut self, name: &str, position: u64) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            self.positions[*number as usize].push(position);
            return *number;
        }
        let number = u32::try_from(self.positions.len()).expect("few names");
        self.numbers.insert(name.to_owned(), number);
        self.positions.push(vec![position]);
        number
    }

    /// The positions of a name behind `after`, up to `upto`.
    fn of(&self, name: &str, after: u64, upto: u64) -> &[u64] {
        let Some(number) = self.numbers.get(name) else {
            return &[];
        };
        let all = &self.positions[*number as usize];
        let begin = all.partition_point(|position| *position <= after);
        let end = all.partition_point(|position| *position <= upto);
        all.get(begin..end).unwrap_or_default()
    }
}

/// Positions that a gap may have and still be filled up.
const WIDEST_GAP: u64 = 1 << 20;

impl Index {
    /// How many events there are.
    pub fn head(&self) -> u64 {
        self.events.len() as u64
    }

    /// Adds the event that the log has next, and says what is wrong with it.
    pub fn add(&mut self, event: &StoredEvent, found: &mut Violations) {
        let (position, next) = (event.position.get(), self.head() + 1);
        if position != next {
            found.add(
                Rule::Positions,
                format_args!("{position} stands where {next} is to be"),
            );
            if position < next || position - next > WIDEST_GAP {
                return;
            }
            (next..position).for_each(|_| self.events.push(Event::missing()));
        }
        let recorded_at = event.recorded_at.as_micros();
        let before = self.events.last().map_or(i64::MIN, |last| last.recorded_at);
        found.expect(before <= recorded_at, Rule::Time, || {
            format!("the event at {position} is recorded before the one in front")
        });
        found.expect(
            self.event_ids.insert(event.id.into()),
            Rule::EventIds,
            || {
                format!(
                    "the id of the event at {position} is in the log already: {}",
                    event.id
                )
            },
        );
        self.add_to_append(event.append_id.into(), position, found);
        self.add_to_stream(event, found);
        self.add_count(event, found);

        let r#type = self.types.add(event.event_type.as_str(), position);
        let first_tag = self.tags.len();
        for tag in &event.tags {
            self.tags.push(self.tagged.add(tag.as_str(), position));
        }
        self.events.push(Event {
            append: event.append_id.into(),
            content: digest::of_stored_content(event),
            digest: digest::of_stored(event),
            recorded_at,
            revision: event.stream.as_ref().map(|place| place.revision),
            r#type,
            tags: (first_tag, self.tags.len()),
        });
    }

    fn add_to_append(&mut self, id: Id, position: u64, found: &mut Violations) {
        match self.appends.entry(id) {
            Slot::Vacant(slot) => {
                slot.insert(Stored {
                    first: position,
                    last: position,
                });
            }
            Slot::Occupied(mut slot) => {
                let Stored { first, last } = *slot.get();
                if last + 1 == position {
                    slot.get_mut().last = position;
                } else {
                    let text =
                        format!("append {id} stands at {first} to {last}, and at {position}");
                    found.add(Rule::Once, text);
                }
            }
        }
    }

    fn add_to_stream(&mut self, event: &StoredEvent, found: &mut Violations) {
        let Some(place) = &event.stream else { return };
        let next = self
            .streams
            .entry(place.name.as_str().to_owned())
            .or_default();
        found.expect(place.revision == *next, Rule::Revisions, || {
            let (position, revision) = (event.position, place.revision);
            format!(
                "the event at {position} has revision {revision} of {}, not {next}",
                place.name
            )
        });
        *next = place.revision + 1;
    }

    fn add_count(&mut self, event: &StoredEvent, found: &mut Violations) {
        if event.event_type.as_str() != COUNTED {
            return;
        }
        let position = event.position.get();
        let counted = event
            .decode::<Counted>()
            .expect("only counters write such events");
        let counted = counted.data;
        let stood = self.count(&counted.counter, position);
        found.expect(stood == counted.saw, Rule::Guards, || {
            let Counted { counter, saw, .. } = &counted;
            format!("the event at {position} was decided on {saw} of counter {counter}, but {stood} stand before it")
        });
        let call = Id::try_from(counted.call).expect("counters write ids");
        if let Some(first) = self.counted.insert(call, position) {
            let text = format!("call {call} counts at {first}, and at {position}");
            found.add(Rule::Once, text);
        }
    }

    /// How many events of a counter stand up to a position.
    pub fn count(&self, counter: &str, upto: u64) -> u64 {
        self.tagged.of(&format!("counter:{counter}"), 0, upto).len() as u64
    }

    /// Where the event of a dispatch stands.
    pub fn counted(&self, call: Id) -> Option<u64> {
        self.counted.get(&call).copied()
    }

    /// All calls that counted.
    pub fn counting_calls(&self) -> impl Iterator<Item = (Id, u64)> {
        self.counted
            .iter()
            .map(|(call, position)| (*call, *position))
    }

    /// How many events a stream has.
    pub fn length_of_stream(&self, name: &str) -> u64 {
        self.streams.get(name).copied().unwrap_or(0)
    }

    /// Where an append stands, if it is there.
    pub fn append(&self, id: Id) -> Option<Stored> {
        self.appends.get(&id).copied()
    }

    /// All appends of users other than counters.
    pub fn appends(&self) -> impl Iterator<Item = (Id, Stored)> {
        let counted = self.types.numbers.get(COUNTED).copied();
        let all = self.appends.iter().map(|(id, stored)| (*id, *stored));
        all.filter(move |(_, at)| Some(self.event(at.first).r#type) != counted)
    }

    pub fn has_event_id(&self, id: Id) -> bool {
        self.event_ids.contains(&id)
    }

    pub fn recorded_at(&self, position: u64) -> i64 {
        self.event(position).recorded_at
    }

    pub fn revision(&self, position: u64) -> Option<u64> {
        self.event(position).revision
    }

    /// The digests of contents at these positions.
    pub fn contents(&self, at: Stored) -> impl Iterator<Item = u64> {
        (at.first..=at.last).map(|position| self.event(position).content)
    }

    /// The digest of the events at these positions; `None` when one of them is not in the log.
    pub fn digest(&self, positions: impl IntoIterator<Item = u64>) -> Option<u64> {
        let exists = |position: &u64| (1..=self.head()).contains(position);
        let digests = positions
            .into_iter()
            .map(|position| exists(&position).then(|| self.event(position).digest));
        digests.collect::<Option<Vec<u64>>>().map(digest::of_all)
    }

    /// The first event that matches behind `after`, up to `upto`, and is none of those granted.
    pub fn first_match(
        &self,
        query: &Query,
        after: u64,
        upto: u64,
        granted: &[Stored],
    ) -> Option<u64> {
        let not_granted = |position: &u64| !granted.iter().any(|at| at.contains(*position));
        self.matching_items(query, after, upto)
            .filter_map(|mut matching| matching.find(not_granted))
            .min()
    }

    /// All events that match behind `after`, up to `upto`.
    pub fn matching(&self, query: &Query, after: u64, upto: u64) -> Vec<u64> {
        let mut all: Vec<u64> = self.matching_items(query, after, upto).flatten().collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// For each way to match, the positions in order.
    fn matching_items<'a>(
        &'a self,
        query: &'a Query,
        after: u64,
        upto: u64,
    ) -> impl Iterator<Item = Box<dyn Iterator<Item = u64> + 'a>> {
        let upto = upto.min(self.head());
        let everything = query
            .0
            .is_empty()
            .then(|| -> Box<dyn Iterator<Item = u64>> { Box::new(after.saturating_add(1)..=upto) });
        let items = query.0.iter().flat_map(move |item| {
            let tags = item.tags.iter();
            let rarest = tags
                .map(|tag| self.tagged.of(tag, after, upto))
                .min_by_key(|places| places.len());
            let candidates = match rarest {
                Some(places) => vec![places],
                None => item
                    .types
                    .iter()
                    .map(|name| self.types.of(name, after, upto))
                    .collect(),
            };
            candidates
                .into_iter()
                .map(move |places| -> Box<dyn Iterator<Item = u64>> {
                    Box::new(
                        places
                            .iter()
                            .copied()
                            .filter(|position| self.matches(item, *position)),
                    )
                })
        });
        everything.into_iter().chain(items)
    }

    fn matches(&self, item: &Item, position: u64) -> bool {
        let event = self.event(position);
        let tags = &self.tags[event.tags.0..event.tags.1];
        let is_type = |name: &String| self.types.numbers.get(name) == Some(&event.r#type);
        let is_tagged = |tag: &String| {
            let number = self.tagged.numbers.get(tag);
            number.is_some_and(|number| tags.contains(number))
        };
        (item.types.is_empty() || item.types.iter().any(is_type)) && item.tags.iter().all(is_tagged)
    }

    /// An event as people read it.
    pub fn describe(&self, position: u64) -> String {
        let event = self.event(position);
        let name = |places: &Places, number: u32| {
            let mut names = places.numbers.iter();
            let found = names.find(|(_, known)| **known == number);
            found.map_or("?".to_owned(), |(name, _)| name.clone())
        };
        let tags = &self.tags[event.tags.0..event.tags.1];
        let tags: Vec<String> = tags.iter().map(|tag| name(&self.tagged, *tag)).collect();
        let event_type = name(&self.types, event.r#type);
        format!(
            "{event_type} [{}] at {position}, of append {}",
            tags.join(", "),
            event.append
        )
    }

    fn event(&self, position: u64) -> &Event {
        let index = usize::try_from(position - 1).expect("it fits into memory");
        &self.events[index]
    }
}

impl Event {
    /// What stands in a gap.
    fn missing() -> Self {
        Self {
            append: Id(0),
            content: 0,
            digest: 0,
            recorded_at: i64::MIN,
            revision: None,
            r#type: u32::MAX,
            tags: (0, 0),
        }
    }
}
