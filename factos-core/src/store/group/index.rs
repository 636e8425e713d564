//! Finds the requests of a group whose events may match a guard, without looking at each.

use std::collections::HashMap;

use crate::event::NewEvent;
use crate::query::Query;
use crate::tag::Tag;

/// Which requests have events with a tag. It may name too many requests, never too few.
#[derive(Debug, Clone, Default)]
pub(super) struct TagIndex(HashMap<Tag, Vec<usize>>);

impl TagIndex {
    pub(super) fn add(&mut self, request: usize, events: &[NewEvent]) {
        for tag in events.iter().flat_map(|event| &event.tags) {
            let requests = self.0.entry(tag.clone()).or_default();
            if requests.last() != Some(&request) {
                requests.push(request);
            }
        }
    }

    /// Requests among the first `count` whose events may match the query.
    pub(super) fn candidates(&self, query: &Query, count: usize) -> Vec<usize> {
        let mut found = Vec::new();
        for item in query.items() {
            let rarest = item
                .tags()
                .iter()
                .map(|tag| self.0.get(tag).map_or(&[][..], Vec::as_slice))
                .min_by_key(|requests| requests.len());
            match rarest {
                Some(requests) => found.extend(requests),
                None => return (0..count).collect(),
            }
        }
        if query.is_all() {
            return (0..count).collect();
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}
