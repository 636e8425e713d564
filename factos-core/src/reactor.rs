//! Pure reactors: what is to be done because something happened.

use std::fmt;
use std::sync::Arc;

type React<E, A> = dyn Fn(&E) -> Vec<A> + Send + Sync;

/// Names, for each event, what is to be done about it. It does nothing itself: whoever asks executes the effects.
///
/// ```
/// use factos_core::Reactor;
/// let mail = Reactor::new(|user: &&str| vec![format!("welcome {user}")]);
/// let audit = Reactor::new(|user: &&str| vec![format!("saw {user}")]);
/// let both = mail.merge(audit);
/// assert_eq!(both.react(&"ann"), ["welcome ann", "saw ann"]);
/// assert_eq!(both.react_all(&["ann", "bob"]).len(), 4);
/// ```
pub struct Reactor<E, A> {
    react: Arc<React<E, A>>,
}

impl<E, A> Reactor<E, A> {
    /// A reactor from a pure function.
    pub fn new(react: impl Fn(&E) -> Vec<A> + Send + Sync + 'static) -> Self {
        Self {
            react: Arc::new(react),
        }
    }

    /// The effects of one event.
    pub fn react(&self, event: &E) -> Vec<A> {
        (self.react)(event)
    }

    /// The effects of these events, in their order.
    pub fn react_all<'a>(&self, events: impl IntoIterator<Item = &'a E>) -> Vec<A>
    where
        E: 'a,
    {
        events
            .into_iter()
            .flat_map(|event| self.react(event))
            .collect()
    }
}

impl<E: 'static, A: 'static> Reactor<E, A> {
    /// The effects of both, this one's first.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self::new(move |event| {
            let mut effects = self.react(event);
            effects.extend(other.react(event));
            effects
        })
    }
}

impl<E, A> Clone for Reactor<E, A> {
    fn clone(&self) -> Self {
        Self {
            react: self.react.clone(),
        }
    }
}

impl<E, A> fmt::Debug for Reactor<E, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reactor").finish_non_exhaustive()
    }
}
