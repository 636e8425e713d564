//! Routes: which facts an event is for, without asking every fact about every event.

use std::collections::HashMap;

use crate::event::StoredEvent;
use crate::query::Query;
use crate::tag::Tag;

/// The queries of some facts, by a tag that their events must carry.
pub(super) struct Routes<'q> {
    by_tag: HashMap<&'q Tag, Vec<Route<'q>>>,
    /// Those of queries that ask for no tag.
    others: Vec<Route<'q>>,
}

#[derive(Clone, Copy)]
struct Route<'q> {
    fact: usize,
    query: &'q Query,
}

impl<'q> Routes<'q> {
    pub(super) fn new(queries: impl IntoIterator<Item = (usize, &'q Query)>) -> Self {
        let mut routes = Self {
            by_tag: HashMap::new(),
            others: Vec::new(),
        };
        for (fact, query) in queries {
            let route = Route { fact, query };
            if query.is_all() {
                routes.others.push(route);
            }
            for item in query.items() {
                match item.tags().iter().next() {
                    Some(tag) => routes.by_tag.entry(tag).or_default().push(route),
                    None => routes.others.push(route),
                }
            }
        }
        routes
    }

    /// The numbers of the facts that an event is for, each once.
    pub(super) fn of(&self, event: &StoredEvent) -> Vec<usize> {
        let tagged = event
            .tags
            .iter()
            .filter_map(|tag| self.by_tag.get(tag))
            .flatten();
        let mut facts: Vec<usize> = tagged
            .chain(&self.others)
            .filter(|route| route.query.matches(&event.event_type, &event.tags))
            .map(|route| route.fact)
            .collect();
        facts.sort_unstable();
        facts.dedup();
        facts
    }
}
