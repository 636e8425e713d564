//! What this process has appended, when the events themselves are not kept any more.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use crate::event::StoredEvent;
use crate::position::Position;
use crate::query::Query;

/// Where the latest events with a tag, and of a type, stand, of those that this process has appended.
#[derive(Default)]
pub(super) struct Latest {
    positions: HashMap<u64, Position>,
    hasher: RandomState,
}

/// Tags and types that are remembered at most.
const REMEMBERED: usize = 1 << 16;

impl Latest {
    pub(super) fn note(&mut self, event: &StoredEvent) {
        if self.positions.len() >= REMEMBERED {
            // What is forgotten is found out by the store.
            self.positions.clear();
        }
        let tags = event.tags.iter().map(|tag| self.hasher.hash_one(tag));
        let all = tags.chain([self.hasher.hash_one(&event.event_type)]);
        self.positions.extend(all.map(|key| (key, event.position)));
    }

    pub(super) fn may_match(&self, query: &Query, position: Position) -> bool {
        let is_later = |key: u64| self.positions.get(&key).is_some_and(|at| *at > position);
        query.items().iter().any(|item| {
            let mut types = item.types().iter().map(|it| self.hasher.hash_one(it));
            let mut tags = item.tags().iter().map(|it| self.hasher.hash_one(it));
            (item.types().is_empty() || types.any(is_later)) && tags.all(is_later)
        })
    }
}
