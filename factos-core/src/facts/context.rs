//! The facts of one decision with their states: read, folded, and read on.

use std::collections::HashMap;
use std::sync::Arc;

use super::decoded::Decoded;
use super::leaf::{Folded, Leaf};
use super::route::Routes;
use super::{Facts, Leaves, States};
use crate::error::{DecodeError, LimitError};
use crate::event::StoredEvent;
use crate::position::Position;
use crate::store::{Guard, ReadPart, ReadRequest, Snapshot, Source};

/// The facts of one decision with their states: read, folded, and brought up to date again after a lost round.
#[derive(Debug, Default)]
pub(crate) struct Context {
    leaves: Vec<Leaf>,
    folded: Vec<Folded>,
}

impl Context {
    /// The facts, none of them read yet.
    pub(crate) fn new<C>(facts: &impl Facts<C>) -> Result<Self, LimitError> {
        let leaves: Vec<Leaf> = Leaves::of(facts)
            .into_iter()
            .map(Leaf::new)
            .collect::<Result<_, _>>()?;
        let folded = leaves.iter().map(Leaf::initial).collect();
        Ok(Self { leaves, folded })
    }

    /// Facts with what they are folded to so far.
    pub(crate) fn of(facts: impl IntoIterator<Item = (Leaf, Folded)>) -> Self {
        let (leaves, folded) = facts.into_iter().unzip();
        Self { leaves, folded }
    }

    /// Whether the decision depends on nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.leaves.is_empty()
    }

    /// What has to be read to bring every fact up to date: facts at one position share a part, so that an event that
    /// several of them match is read once.
    pub(crate) fn request(&self) -> ReadRequest {
        ReadRequest::new(self.parts().into_iter().map(|(part, _)| part))
    }

    /// The parts of [`Context::request`], each with the facts that it feeds.
    fn parts(&self) -> Vec<(ReadPart, Vec<usize>)> {
        let mut shared: HashMap<Position, usize> = HashMap::new();
        let mut parts: Vec<(ReadPart, Vec<usize>)> = Vec::new();
        for (i, (leaf, folded)) in self.leaves.iter().zip(&self.folded).enumerate() {
            if leaf.last_only() {
                parts.push((leaf.read().after(folded.at), vec![i]));
            } else if let Some(&place) = shared.get(&folded.at) {
                parts[place].1.push(i);
            } else {
                shared.insert(folded.at, parts.len());
                parts.push((leaf.read().after(folded.at), vec![i]));
            }
        }
        for (part, fed) in &mut parts {
            let mut queries = fed.iter().map(|&i| self.leaves[i].query.clone());
            if let Some(first) = queries.next() {
                part.source = Source::Query(first.union_all(queries));
            }
        }
        parts
    }

    /// Folds what was read for [`Context::request`]. Takes the context, so that states are folded on without a copy.
    pub(crate) fn fold(self, snapshot: Snapshot) -> Result<Self, DecodeError> {
        let parts = self.parts();
        let leaves = self.leaves;
        let mut folded: Vec<Option<Folded>> = self.folded.into_iter().map(Some).collect();
        for ((_, fed), events) in parts.into_iter().zip(snapshot.parts) {
            let mut own = own(&leaves, &fed, &events);
            let mut events: Vec<Decoded> = events.into_iter().map(Decoded::from).collect();
            for i in fed {
                let own = own.remove(&i).unwrap_or_default();
                leaves[i].fold(&mut folded[i], &mut events, &own)?;
            }
        }
        let mut folded: Vec<Folded> = folded.into_iter().flatten().collect();
        for each in &mut folded {
            each.at = snapshot.head;
        }
        Ok(Self { leaves, folded })
    }

    /// What was read for [`Context::request`], for each fact its own events.
    pub(crate) fn own_events(&self, snapshot: Snapshot) -> Vec<Vec<StoredEvent>> {
        let mut each: Vec<Vec<StoredEvent>> = self.leaves.iter().map(|_| Vec::new()).collect();
        for ((_, fed), events) in self.parts().into_iter().zip(snapshot.parts) {
            for (i, own) in own(&self.leaves, &fed, &events) {
                each[i] = own.iter().map(|&number| events[number].clone()).collect();
            }
        }
        each
    }

    /// The states of the single facts, in their order.
    pub(crate) fn folded(&self) -> &[Folded] {
        &self.folded
    }

    /// The same by value.
    pub(crate) fn into_folded(self) -> Vec<Folded> {
        self.folded
    }

    /// The states, in the shape of the facts that the context was made of.
    pub(crate) fn states<C, F: Facts<C>>(&self, facts: &F) -> Arc<F::States> {
        States::of(facts, &self.folded)
    }

    /// One guard a fact: nothing that it reads came behind the position that its state holds at.
    pub(crate) fn guards(&self) -> Vec<Guard> {
        let both = self.leaves.iter().zip(&self.folded);
        both.map(|(leaf, folded)| Guard::new(leaf.query.clone(), folded.at))
            .collect()
    }
}

/// The numbers of the events that each of these facts is for.
fn own(leaves: &[Leaf], fed: &[usize], events: &[StoredEvent]) -> HashMap<usize, Vec<usize>> {
    let routes = Routes::new(fed.iter().map(|&i| (i, &leaves[i].query)));
    let mut own: HashMap<usize, Vec<usize>> = HashMap::new();
    for (number, event) in events.iter().enumerate() {
        for i in routes.of(event) {
            own.entry(i).or_default().push(number);
        }
    }
    own
}
