//! Folding: feeds each fact the events that match it, decoding each event once an event type.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::route::Routes;
use super::{Facts, Leaves, States};
use crate::error::{DecodeError, LimitError};
use crate::event::{Event, Recorded, StoredEvent};
use crate::fact::{Fact, FoldInput};
use crate::position::Position;
use crate::query::Query;
use crate::store::{Guard, ReadPart, ReadRequest, Snapshot, Source};

type AnyState = Arc<dyn Any + Send + Sync>;

/// A single fact, its types erased.
pub(crate) struct Leaf {
    fact: Box<dyn AnyFact>,
    query: Query,
}

impl Leaf {
    pub(super) fn new<F: Fact>(fact: &F) -> Result<Self, LimitError> {
        let query = fact.query()?;
        query.check()?;
        Ok(Self {
            query,
            fact: Box::new(fact.clone()),
        })
    }

    pub(crate) fn name(&self) -> &'static str {
        self.fact.name()
    }

    fn read(&self) -> ReadPart {
        let part = ReadPart::query(self.query.clone());
        if self.fact.last_only() {
            part.backward().limit(1)
        } else {
            part
        }
    }
}

impl fmt::Debug for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(self.name())
            .field("query", &self.query)
            .finish_non_exhaustive()
    }
}

/// The state of one fact, and up to which position of the log it holds.
#[derive(Clone)]
pub(crate) struct Folded {
    state: AnyState,
    at: Position,
}

impl Folded {
    pub(super) fn state<S: Send + Sync + 'static>(&self) -> Option<Arc<S>> {
        self.state.clone().downcast().ok()
    }
}

impl fmt::Debug for Folded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Folded at {}", self.at)
    }
}

trait AnyFact: Send + Sync {
    fn name(&self) -> &'static str;
    fn last_only(&self) -> bool;
    fn initial(&self) -> AnyState;
    /// Folds the events with these numbers.
    fn fold(
        &self,
        state: AnyState,
        events: &mut [Decoded],
        own: &[usize],
    ) -> Result<AnyState, DecodeError>;
}

impl<F: Fact> AnyFact for F {
    fn name(&self) -> &'static str {
        F::NAME
    }

    fn last_only(&self) -> bool {
        F::LAST_ONLY
    }

    fn initial(&self) -> AnyState {
        Arc::new(Fact::initial(self))
    }

    fn fold(
        &self,
        state: AnyState,
        events: &mut [Decoded],
        own: &[usize],
    ) -> Result<AnyState, DecodeError> {
        let mut state = match state.downcast::<F::State>() {
            Ok(state) => Arc::unwrap_or_clone(state),
            Err(_) => unreachable!("a fact's state stays of the fact's type"),
        };
        for &i in own {
            if F::LAST_ONLY {
                state = Fact::initial(self);
            }
            state = self.apply(state, F::Input::of(events[i].decode()?));
        }
        Ok(Arc::new(state))
    }
}

/// A stored event with what it was decoded to so far, one value an event type.
struct Decoded {
    stored: StoredEvent,
    values: Vec<(TypeId, Box<dyn Any>)>,
}

impl Decoded {
    fn decode<E: Event>(&mut self) -> Result<&Recorded<E>, DecodeError> {
        let known = self
            .values
            .iter()
            .position(|(id, _)| *id == TypeId::of::<E>());
        let place = if let Some(place) = known {
            place
        } else {
            let value = self.stored.decode::<E>()?;
            self.values.push((TypeId::of::<E>(), Box::new(value)));
            self.values.len() - 1
        };
        match self.values[place].1.downcast_ref() {
            Some(value) => Ok(value),
            None => unreachable!("a value stands under the type that it was decoded as"),
        }
    }
}

/// The facts of one decision with their states: read, folded, and brought up to date again after a lost round.
#[derive(Debug, Default)]
pub(crate) struct Context {
    leaves: Vec<Leaf>,
    folded: Vec<Folded>,
}

impl Context {
    /// The facts, none of them read yet.
    pub(crate) fn new<C>(facts: &impl Facts<C>) -> Result<Self, LimitError> {
        let mut leaves = Leaves::default();
        facts.leaves(&mut leaves)?;
        let initial = |leaf: &Leaf| Folded {
            state: leaf.fact.initial(),
            at: Position::START,
        };
        Ok(Self {
            folded: leaves.0.iter().map(initial).collect(),
            leaves: leaves.0,
        })
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
            if leaf.fact.last_only() {
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
    pub(crate) fn fold(mut self, snapshot: Snapshot) -> Result<Self, DecodeError> {
        for ((_, fed), events) in self.parts().into_iter().zip(snapshot.parts) {
            let undecoded = |stored| Decoded {
                stored,
                values: Vec::new(),
            };
            let routes = Routes::new(fed.iter().map(|&i| (i, &self.leaves[i].query)));
            let mut own: HashMap<usize, Vec<usize>> = HashMap::new();
            for (number, event) in events.iter().enumerate() {
                for i in routes.of(event) {
                    own.entry(i).or_default().push(number);
                }
            }
            let mut events: Vec<Decoded> = events.into_iter().map(undecoded).collect();
            for i in fed {
                let own = own.remove(&i).unwrap_or_default();
                let leaf = &self.leaves[i];
                let state = std::mem::replace(&mut self.folded[i].state, Arc::new(()));
                self.folded[i] = Folded {
                    state: leaf.fact.fold(state, &mut events, &own)?,
                    at: snapshot.head,
                };
            }
        }
        Ok(self)
    }

    /// The states, in the shape of the facts that the context was made of.
    pub(crate) fn states<C, F: Facts<C>>(&self, facts: &F) -> Arc<F::States> {
        facts.states(&mut States(self.folded.iter()))
    }

    /// One guard a fact: nothing that it reads came behind the position that its state holds at.
    pub(crate) fn guards(&self) -> Vec<Guard> {
        let both = self.leaves.iter().zip(&self.folded);
        both.map(|(leaf, folded)| Guard::new(leaf.query.clone(), folded.at))
            .collect()
    }

    /// The name of the fact behind a guard of [`Context::guards`].
    pub(crate) fn fact_name(&self, guard: usize) -> &'static str {
        self.leaves.get(guard).map_or("", Leaf::name)
    }
}
