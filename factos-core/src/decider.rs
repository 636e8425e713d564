//! Pure deciders: decide on a state, evolve it, with no log in sight.

use std::fmt;
use std::sync::Arc;

type Decide<C, S, E, X> = dyn Fn(&C, &S) -> Result<Vec<E>, X> + Send + Sync;
type Evolve<S, E> = dyn Fn(S, &E) -> S + Send + Sync;

/// A decision process as a value: the state before the first event, how a command is decided on a state, and how an
/// event evolves it. The classic form for one entity with a stream of its own.
///
/// ```
/// use factos_core::Decider;
/// let counter = Decider::new(0_u32, |by: &u32, n| if n + by > 3 { Err("full") } else { Ok(vec![*by]) }, |n, by| n + by);
/// assert_eq!(counter.compute_events(&[1, 1], &1), Ok(vec![1]));
/// assert_eq!(counter.compute_events(&[1, 1], &2), Err("full"));
/// assert_eq!(counter.compute_state(1, &1), Ok(2));
/// ```
pub struct Decider<C, S, E, X> {
    initial: S,
    decide: Arc<Decide<C, S, E, X>>,
    evolve: Arc<Evolve<S, E>>,
}

impl<C, S: Clone, E, X> Decider<C, S, E, X> {
    /// A decider from its three parts. Both functions are pure.
    pub fn new(
        initial: S,
        decide: impl Fn(&C, &S) -> Result<Vec<E>, X> + Send + Sync + 'static,
        evolve: impl Fn(S, &E) -> S + Send + Sync + 'static,
    ) -> Self {
        Self {
            initial,
            decide: Arc::new(decide),
            evolve: Arc::new(evolve),
        }
    }

    /// The state before the first event.
    pub fn initial(&self) -> S {
        self.initial.clone()
    }

    /// The events that a command leads to in a state.
    ///
    /// # Errors
    /// The domain's own.
    pub fn decide(&self, command: &C, state: &S) -> Result<Vec<E>, X> {
        (self.decide)(command, state)
    }

    /// The state after one more event.
    pub fn evolve(&self, state: S, event: &E) -> S {
        (self.evolve)(state, event)
    }

    /// The state after these events.
    pub fn fold<'a>(&self, events: impl IntoIterator<Item = &'a E>) -> S
    where
        E: 'a,
    {
        events.into_iter().fold(self.initial(), &*self.evolve)
    }

    /// The events that a command leads to after a history.
    ///
    /// # Errors
    /// The domain's own.
    pub fn compute_events<'a>(
        &self,
        history: impl IntoIterator<Item = &'a E>,
        command: &C,
    ) -> Result<Vec<E>, X>
    where
        E: 'a,
    {
        self.decide(command, &self.fold(history))
    }

    /// The state that a command leads to from a state.
    ///
    /// # Errors
    /// The domain's own.
    pub fn compute_state(&self, state: S, command: &C) -> Result<S, X> {
        let events = self.decide(command, &state)?;
        Ok(events.iter().fold(state, &*self.evolve))
    }
}

impl<C, S: Clone, E, X> Clone for Decider<C, S, E, X> {
    fn clone(&self) -> Self {
        Self {
            initial: self.initial.clone(),
            decide: self.decide.clone(),
            evolve: self.evolve.clone(),
        }
    }
}

impl<C, S: fmt::Debug, E, X> fmt::Debug for Decider<C, S, E, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decider")
            .field("initial", &self.initial)
            .finish_non_exhaustive()
    }
}
