//! Pure views: what events add up to.

use std::fmt;
use std::sync::Arc;

type Evolve<S, E> = dyn Fn(S, &E) -> S + Send + Sync;

/// A read model as a value: the state before the first event, and how an event changes it.
///
/// ```
/// use factos_core::View;
/// let count = View::new(0_u32, |n, _: &i32| n + 1);
/// let sum = View::new(0_i32, |n, event: &i32| n + event);
/// assert_eq!(count.merge(sum).project(&[3, 4]), (2, 7));
/// ```
pub struct View<S, E> {
    initial: S,
    evolve: Arc<Evolve<S, E>>,
}

impl<S: Clone, E> View<S, E> {
    /// A view from its two parts. `evolve` is pure.
    pub fn new(initial: S, evolve: impl Fn(S, &E) -> S + Send + Sync + 'static) -> Self {
        Self {
            initial,
            evolve: Arc::new(evolve),
        }
    }

    /// The state before the first event.
    pub fn initial(&self) -> S {
        self.initial.clone()
    }

    /// The state after one more event.
    pub fn evolve(&self, state: S, event: &E) -> S {
        (self.evolve)(state, event)
    }

    /// The state after these events.
    pub fn project<'a>(&self, events: impl IntoIterator<Item = &'a E>) -> S
    where
        E: 'a,
    {
        self.project_from(self.initial(), events)
    }

    /// The state after these events, from a state on that earlier ones led to.
    pub fn project_from<'a>(&self, state: S, events: impl IntoIterator<Item = &'a E>) -> S
    where
        E: 'a,
    {
        events.into_iter().fold(state, &*self.evolve)
    }
}

impl<S: Clone + Send + Sync + 'static, E: 'static> View<S, E> {
    /// Both views in one pass over the events.
    #[must_use]
    pub fn merge<T: Clone + Send + Sync + 'static>(self, other: View<T, E>) -> View<(S, T), E> {
        let initial = (self.initial(), other.initial());
        View::new(initial, move |(one, two), event| {
            (self.evolve(one, event), other.evolve(two, event))
        })
    }
}

impl<S: Clone, E> Clone for View<S, E> {
    fn clone(&self) -> Self {
        Self {
            initial: self.initial.clone(),
            evolve: self.evolve.clone(),
        }
    }
}

impl<S: fmt::Debug, E> fmt::Debug for View<S, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View")
            .field("initial", &self.initial)
            .finish_non_exhaustive()
    }
}
