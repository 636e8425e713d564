//! Combined facts: what a command or a read asks for as a whole.

mod combine;
mod fold;
mod route;

use std::sync::Arc;

pub use combine::Slot;
pub(crate) use fold::{Context, Folded, Leaf};

use crate::error::LimitError;

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
    ///
    /// # Errors
    /// When an argument of a fact cannot be a tag: it holds NUL, or is too long.
    fn leaves(&self, leaves: &mut Leaves) -> Result<(), LimitError>;

    /// Takes each fact's state, in the order of [`Facts::leaves`].
    ///
    /// # Panics
    /// When the states are taken in another order than the facts were listed in: a fault of the implementation.
    fn states(&self, folded: &mut States<'_>) -> Arc<Self::States>;
}

/// The single facts of a combination, in order. Filled by [`Facts::leaves`].
#[derive(Debug, Default)]
pub struct Leaves(pub(crate) Vec<Leaf>);

/// The states of the single facts of a combination, in order. Emptied by [`Facts::states`].
#[derive(Debug)]
pub struct States<'a>(pub(crate) std::slice::Iter<'a, Folded>);
