//! The shapes in which facts combine.

use std::fmt;
use std::sync::Arc;

use super::leaf::{AnyFact, Folded};
use super::{Facts, Leaves, States};
use crate::fact::Fact;

impl<C, F: Fact> Facts<C> for F {
    type States = F::State;

    fn leaves(&self, leaves: &mut Leaves) {
        leaves.0.push(AnyFact::new(self));
    }

    fn states(&self, folded: &mut States<'_>) -> Arc<F::State> {
        match folded.0.next().and_then(Folded::state::<F::State>) {
            Some(state) => state,
            None => panic!(
                "{} is not where `Facts::leaves` listed it: `Facts::states` goes another way",
                F::NAME
            ),
        }
    }
}

impl<C, F: Facts<C>> Facts<C> for Option<F> {
    type States = Option<F::States>;

    fn leaves(&self, leaves: &mut Leaves) {
        if let Some(facts) = self {
            facts.leaves(leaves);
        }
    }

    fn states(&self, folded: &mut States<'_>) -> Arc<Self::States> {
        Arc::new(
            self.as_ref()
                .map(|facts| Arc::unwrap_or_clone(facts.states(folded))),
        )
    }
}

impl<C, F: Facts<C>> Facts<C> for Vec<F> {
    type States = Vec<F::States>;

    fn leaves(&self, leaves: &mut Leaves) {
        for facts in self {
            facts.leaves(leaves);
        }
    }

    fn states(&self, folded: &mut States<'_>) -> Arc<Self::States> {
        let each = self
            .iter()
            .map(|facts| Arc::unwrap_or_clone(facts.states(folded)));
        Arc::new(each.collect())
    }
}

impl<C, F: Facts<C>, const N: usize> Facts<C> for [F; N] {
    type States = [F::States; N];

    fn leaves(&self, leaves: &mut Leaves) {
        for facts in self {
            facts.leaves(leaves);
        }
    }

    fn states(&self, folded: &mut States<'_>) -> Arc<Self::States> {
        Arc::new(
            self.each_ref()
                .map(|facts| Arc::unwrap_or_clone(facts.states(folded))),
        )
    }
}

macro_rules! tuple_facts {
    ($($name:ident $index:tt),*) => {
        impl<C, $($name: Facts<C>),*> Facts<C> for ($($name,)*) {
            type States = ($($name::States,)*);

            #[allow(unused_variables, reason = "the empty tuple has no facts")]
            fn leaves(&self, leaves: &mut Leaves) {
                $(self.$index.leaves(leaves);)*
            }

            #[allow(unused_variables, clippy::unused_unit, reason = "the empty tuple has no facts")]
            fn states(&self, folded: &mut States<'_>) -> Arc<Self::States> {
                Arc::new(($(Arc::unwrap_or_clone(self.$index.states(folded)),)*))
            }
        }
    };
}
tuple_facts!();
tuple_facts!(A 0);
tuple_facts!(A 0, B 1);
tuple_facts!(A 0, B 1, D 2);
tuple_facts!(A 0, B 1, D 2, E 3);
tuple_facts!(A 0, B 1, D 2, E 3, F 4);
tuple_facts!(A 0, B 1, D 2, E 3, F 4, G 5);
tuple_facts!(A 0, B 1, D 2, E 3, F 4, G 5, H 6);
tuple_facts!(A 0, B 1, D 2, E 3, F 4, G 5, H 6, I 7);
tuple_facts!(A 0, B 1, D 2, E 3, F 4, G 5, H 6, I 7, J 8);
tuple_facts!(A 0, B 1, D 2, E 3, F 4, G 5, H 6, I 7, J 8, K 9);
tuple_facts!(A 0, B 1, D 2, E 3, F 4, G 5, H 6, I 7, J 8, K 9, L 10);
tuple_facts!(A 0, B 1, D 2, E 3, F 4, G 5, H 6, I 7, J 8, K 9, L 10, M 11);

/// The facts behind one parameter of a decider, known only by what they fold to.
///
/// The state comes as an [`Arc`], so that a decider that borrows it needs no copy.
pub struct Slot<C, S>(Box<dyn Facts<C, States = S>>);

impl<C, S> Slot<C, S> {
    /// The slot that these facts fill.
    pub fn new(facts: impl Facts<C, States = S>) -> Self {
        Self(Box::new(facts))
    }
}

impl<C: 'static, S: Clone + Send + Sync + 'static> Facts<C> for Slot<C, S> {
    type States = Arc<S>;

    fn leaves(&self, leaves: &mut Leaves) {
        self.0.leaves(leaves);
    }

    fn states(&self, folded: &mut States<'_>) -> Arc<Arc<S>> {
        Arc::new(self.0.states(folded))
    }
}

impl<C, S> fmt::Debug for Slot<C, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slot")
    }
}
