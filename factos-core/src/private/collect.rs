//! What `#[derive(Facts)]` and `#[derive(Event)]` ask of a type.

use std::fmt;
use std::sync::Arc;

use super::{Codec, CodecError, Data, Decoded, Event};
use crate::facts::{Facts, Leaves, States};

/// The facts behind a struct of results. Made by `Overview::facts(..)` of a struct with `#[derive(Facts)]`.
pub struct FactsOf<C, S>(Box<dyn Facts<C, States = S>>);

/// The facts, and what makes the struct of their states.
struct Collected<F, T, S> {
    facts: F,
    collect: fn(T) -> S,
}

/// The facts behind a struct, and what makes the struct of their states.
pub fn facts_of<C, S: Results, F: Facts<C>>(
    facts: F,
    collect: fn(F::States) -> S,
) -> FactsOf<C, S> {
    FactsOf(Box::new(Collected { facts, collect }))
}

impl<C, F: Facts<C>, S: Results> Facts<C> for Collected<F, F::States, S> {
    type States = S;

    fn leaves(&self, leaves: &mut Leaves) {
        self.facts.leaves(leaves);
    }

    fn states(&self, folded: &mut States<'_>) -> Arc<S> {
        let states = Arc::unwrap_or_clone(self.facts.states(folded));
        Arc::new((self.collect)(states))
    }
}

impl<C: 'static, S: Clone + Send + Sync + 'static> Facts<C> for FactsOf<C, S> {
    type States = S;

    fn leaves(&self, leaves: &mut Leaves) {
        self.0.leaves(leaves);
    }

    fn states(&self, folded: &mut States<'_>) -> Arc<S> {
        self.0.states(folded)
    }
}

impl<C, S> fmt::Debug for FactsOf<C, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FactsOf")
    }
}

/// What the states of facts can be collected in.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be copied, as results of facts are",
    label = "add `#[derive(Clone)]` to `{Self}`",
    note = "what was read once may be handed to several deciders; results are also `Send`, `Sync` and own their data"
)]
pub trait Results: Clone + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<S: Clone + Send + Sync + 'static> Results for S {}

/// An event that a codec can write and read.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored by the codec `{K}`",
    label = "needs serde's derives for the `Json` codec",
    note = "add `#[derive(serde::Serialize, serde::Deserialize)]` to `{Self}`, or name a codec of your own: \
            `#[event(codec = ..)]`"
)]
pub trait StoredBy<K>: Event {
    /// The event's fields as data.
    ///
    /// # Errors
    /// That of the codec.
    fn encode_with(&self) -> Result<Data, CodecError>;

    /// The event from its data; none when no variant of the type's own has that stored name.
    ///
    /// # Errors
    /// That of the codec.
    fn decode_named(name: &str, data: &Data) -> Decoded<Self>;
}

#[diagnostic::do_not_recommend]
impl<E: Event, K: Codec<E>> StoredBy<K> for E {
    fn encode_with(&self) -> Result<Data, CodecError> {
        K::encode(self)
    }

    fn decode_named(name: &str, data: &Data) -> Decoded<E> {
        super::decode(name, data, K::decode)
    }
}
