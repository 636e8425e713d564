//! The tail's index: which of its events may match a query, without a look at each.

use std::collections::HashMap;
use std::hash::Hash;

use crate::event::StoredEvent;
use crate::name::EventType;
use crate::query::Query;
use crate::tag::Tag;

/// The numbers of events by what they are found by, in ascending order.
#[derive(Default)]
pub(super) struct Index {
    tags: HashMap<Tag, Vec<usize>>,
    types: HashMap<EventType, Vec<usize>>,
}

impl Index {
    pub(super) fn push(&mut self, number: usize, event: &StoredEvent) {
        push(&mut self.types, &event.event_type, number);
        for tag in &event.tags {
            push(&mut self.tags, tag, number);
        }
    }

    /// Forgets the event that was pushed last.
    pub(super) fn pop(&mut self, event: &StoredEvent) {
        pop(&mut self.types, &event.event_type);
        for tag in &event.tags {
            pop(&mut self.tags, tag);
        }
    }

    /// Events from a number on that may match the query; `None` when all may.
    pub(super) fn candidates(&self, query: &Query, from: usize) -> Option<Vec<usize>> {
        if query.is_all() {
            return None;
        }
        let behind = |numbers: Option<&Vec<usize>>| -> Vec<usize> {
            let numbers = numbers.map_or(&[][..], Vec::as_slice);
            numbers[numbers.partition_point(|&n| n < from)..].to_vec()
        };
        let mut found: Vec<usize> = Vec::new();
        for item in query.items() {
            let tagged = item.tags().iter().map(|tag| self.tags.get(tag));
            let rarest = tagged.min_by_key(|numbers| numbers.map_or(0, Vec::len));
            if let Some(rarest) = rarest {
                found.extend(behind(rarest));
            } else {
                let types = item.types().iter();
                found.extend(types.flat_map(|t| behind(self.types.get(t))));
            }
        }
        if query.items().len() > 1 || query.items().iter().any(|item| item.tags().is_empty()) {
            found.sort_unstable();
            found.dedup();
        }
        Some(found)
    }
}

fn push<K: Clone + Eq + Hash>(numbers: &mut HashMap<K, Vec<usize>>, key: &K, number: usize) {
    match numbers.get_mut(key) {
        Some(numbers) => numbers.push(number),
        None => {
            numbers.insert(key.clone(), vec![number]);
        }
    }
}

fn pop<K: Eq + Hash>(numbers: &mut HashMap<K, Vec<usize>>, key: &K) {
    if let Some(of_key) = numbers.get_mut(key) {
        of_key.pop();
        if of_key.is_empty() {
            numbers.remove(key);
        }
    }
}
