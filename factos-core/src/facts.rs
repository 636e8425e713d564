//! Combined facts: what a command or a read asks for as a whole.

mod combine;
mod context;
mod decoded;
mod leaf;
mod route;

use std::sync::Arc;

pub use combine::Slot;
pub(crate) use context::Context;
pub(crate) use decoded::Decoded;
pub(crate) use leaf::{AnyFact, Folded, Leaf};

/// Facts that are read together from one snapshot: a single [`Fact`](crate::Fact), or tuples, `Option`s, `Vec`s and
/// arrays of them.
///
/// `C` is the database connection that the log must have: plain facts are `Facts<C>` for every `C`, facts computed by
/// SQL for one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a fact, nor a combination of facts",
    label = "not a fact",
    note = "write `#[fact]` on the function that folds it, and call that function with the fact's arguments; \
            facts combine in tuples, `Option`, `Vec` and arrays"
)]
pub trait Facts<C>: Send + Sync + 'static {
    /// What they fold to, in the same shape.
    type States: Clone + Send + Sync + 'static;

    /// Lists the single facts, from left to right.
    fn leaves(&self, leaves: &mut Leaves);

    /// Takes each fact's state, in the order of [`Facts::leaves`].
    ///
    /// # Panics
    /// When the states are taken in another order than the facts were listed in: a fault of the implementation.
    fn states(&self, folded: &mut States<'_>) -> Arc<Self::States>;
}

/// The single facts of a combination, in order. Filled by [`Facts::leaves`].
#[derive(Debug, Default)]
pub struct Leaves(Vec<AnyFact>);

impl Leaves {
    pub(crate) fn of<C>(facts: &impl Facts<C>) -> Vec<AnyFact> {
        let mut leaves = Self::default();
        facts.leaves(&mut leaves);
        leaves.0
    }
}

/// The states of the single facts of a combination, in order. Emptied by [`Facts::states`].
#[derive(Debug)]
pub struct States<'a>(std::slice::Iter<'a, Folded>);

impl States<'_> {
    /// The states, in the shape of the facts that these are the single ones of.
    pub(crate) fn of<C, F: Facts<C>>(facts: &F, folded: &[Folded]) -> Arc<F::States> {
        facts.states(&mut States(folded.iter()))
    }
}
