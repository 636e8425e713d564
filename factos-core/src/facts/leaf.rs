//! Single facts, their types erased: how they are told apart, read and folded.

use std::any::{Any, TypeId};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::decoded::Decoded;
use crate::error::{DecodeError, LimitError};
use crate::fact::{Fact, FoldInput};
use crate::observe;
use crate::position::Position;
use crate::query::{Query, QueryItem};
use crate::store::ReadPart;
use crate::tag::Tag;

type AnyState = Arc<dyn Any + Send + Sync>;

/// A fact with its arguments. Two are equal when they are the same fact with equal arguments.
#[derive(Clone)]
pub(crate) struct AnyFact(Arc<dyn Erased>);

impl AnyFact {
    pub(super) fn new<F: Fact>(fact: &F) -> Self {
        Self(Arc::new(fact.clone()))
    }

    pub(crate) fn name(&self) -> &'static str {
        self.0.name()
    }

    /// What all facts of one function have in common.
    pub(crate) fn kind(&self) -> TypeId {
        self.0.as_any().type_id()
    }
}

impl PartialEq for AnyFact {
    fn eq(&self, other: &Self) -> bool {
        self.0.is(&*other.0)
    }
}

impl Eq for AnyFact {}

impl Hash for AnyFact {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.kind().hash(state);
        self.0.feed(state);
    }
}

impl fmt::Debug for AnyFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A fact with the query for its arguments.
#[derive(Debug, Clone)]
pub(crate) struct Leaf {
    pub(crate) fact: AnyFact,
    pub(crate) query: Query,
}

impl Leaf {
    pub(crate) fn new(fact: AnyFact) -> Result<Self, LimitError> {
        let query = fact.0.query()?;
        query.check()?;
        Ok(Self { fact, query })
    }

    /// About how many bytes it takes. What its arguments own elsewhere is mostly in its tags, too.
    pub(crate) fn size(&self) -> usize {
        let items = self.query.items().iter();
        let tags = items.clone().flat_map(QueryItem::tags);
        let text: usize = tags.map(|tag| size_of::<Tag>() + tag.as_str().len()).sum();
        size_of_val(&*self.fact.0) + items.len() * size_of::<QueryItem>() + 2 * text
    }

    /// Whether only the latest event counts.
    pub(crate) fn last_only(&self) -> bool {
        self.fact.0.last_only()
    }

    /// Whether the fold sees what is only known after the commit.
    pub(crate) fn is_recorded(&self) -> bool {
        self.fact.0.is_recorded()
    }

    /// Reads it, from the first event on.
    pub(crate) fn read(&self) -> ReadPart {
        let part = ReadPart::query(self.query.clone());
        if self.last_only() {
            part.backward().limit(1)
        } else {
            part
        }
    }

    /// The state before the first event.
    pub(crate) fn initial(&self) -> Folded {
        let (state, bytes) = self.fact.0.initial();
        Folded {
            state,
            at: Position::START,
            bytes,
            is_initial: true,
        }
    }

    /// Folds the events with these numbers, all or, when one of them cannot be decoded, none.
    ///
    /// The state is folded on without a copy when nobody else holds it. When the fold panics, it is gone.
    pub(crate) fn fold(
        &self,
        folded: &mut Option<Folded>,
        events: &mut [Decoded],
        own: &[usize],
    ) -> Result<(), DecodeError> {
        // As a read does, which asks for no other event.
        let own = if self.last_only() {
            &own[own.len().saturating_sub(1)..]
        } else {
            own
        };
        if own.is_empty() {
            return Ok(());
        }
        let _folding = observe::fold(self.fact.name(), own.len()).entered();
        self.fact.0.decode(events, own)?;
        if let Some(before) = folded.take() {
            let (state, more) = self.fact.0.fold(before.state, events, own);
            let bytes = if self.last_only() { 0 } else { before.bytes };
            *folded = Some(Folded {
                state,
                at: before.at,
                bytes: bytes.saturating_add(more),
                is_initial: false,
            });
        }
        Ok(())
    }
}

/// The state of one fact, and up to which position of the log it holds.
#[derive(Clone)]
pub(crate) struct Folded {
    state: AnyState,
    pub(crate) at: Position,
    /// About how many bytes the state takes: what it owns elsewhere is at most as much as it was made of.
    pub(crate) bytes: usize,
    /// Whether no event was folded into it.
    pub(crate) is_initial: bool,
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

/// [`Fact`] as an object.
trait Erased: Send + Sync {
    fn as_any(&self) -> &dyn Any;
    fn is(&self, other: &dyn Erased) -> bool;
    fn feed(&self, hasher: &mut dyn Hasher);
    fn name(&self) -> &'static str;
    fn last_only(&self) -> bool;
    fn is_recorded(&self) -> bool;
    fn query(&self) -> Result<Query, LimitError>;
    /// With about how many bytes it takes.
    fn initial(&self) -> (AnyState, usize);
    /// Decodes the events with these numbers.
    fn decode(&self, events: &mut [Decoded], own: &[usize]) -> Result<(), DecodeError>;
    /// Folds these events, which are decoded. Answers also by how many bytes the state may have grown.
    fn fold(&self, state: AnyState, events: &[Decoded], own: &[usize]) -> (AnyState, usize);
}

impl<F: Fact> Erased for F {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn is(&self, other: &dyn Erased) -> bool {
        other.as_any().downcast_ref() == Some(self)
    }

    fn feed(&self, mut hasher: &mut dyn Hasher) {
        self.hash(&mut hasher);
    }

    fn name(&self) -> &'static str {
        F::NAME
    }

    fn last_only(&self) -> bool {
        F::LAST_ONLY
    }

    fn is_recorded(&self) -> bool {
        F::Input::IS_RECORDED
    }

    fn query(&self) -> Result<Query, LimitError> {
        Fact::query(self)
    }

    fn initial(&self) -> (AnyState, usize) {
        (Arc::new(Fact::initial(self)), size_of::<F::State>())
    }

    fn decode(&self, events: &mut [Decoded], own: &[usize]) -> Result<(), DecodeError> {
        own.iter()
            .try_for_each(|&i| events[i].decode::<<F::Input as FoldInput>::Event>())
    }

    fn fold(&self, state: AnyState, events: &[Decoded], own: &[usize]) -> (AnyState, usize) {
        let mut state = match state.downcast::<F::State>() {
            Ok(state) => Arc::unwrap_or_clone(state),
            Err(_) => unreachable!("a fact's state stays of the fact's type"),
        };
        let mut grown = 0;
        for &i in own {
            let Some(event) = events[i].get::<<F::Input as FoldInput>::Event>() else {
                unreachable!("what is folded was decoded before")
            };
            if F::LAST_ONLY {
                (state, grown) = (Fact::initial(self), size_of::<F::State>());
            }
            if std::mem::needs_drop::<F::State>() {
                grown += events[i].stored.size();
            }
            state = self.apply(state, F::Input::of(event));
        }
        (Arc::new(state), grown)
    }
}
