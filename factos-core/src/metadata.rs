//! Metadata: what is recorded with an event and never matched.

use std::fmt;

/// Ordered pairs of text that are recorded with an event, such as who asked for it. No query matches them.
///
/// A key occurs once: setting it again replaces its value and keeps its place. Any text but NUL survives the round trip.
///
/// ```
/// use factos_core::Metadata;
/// let metadata = Metadata::new().with(Metadata::ACTOR, "ann").with("source", "api.v3");
/// assert_eq!(metadata.get("source"), Some("api.v3"));
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Metadata(Vec<(String, String)>);

impl Metadata {
    /// Groups everything that one request of the outside world led to.
    pub const CORRELATION_ID: &'static str = "correlation_id";
    /// The event or message that led to this event; set by [`caused_by`](Self::caused_by).
    pub const CAUSATION_ID: &'static str = "causation_id";
    /// Who asked for it.
    pub const ACTOR: &'static str = "actor";
    /// The system an imported event comes from.
    pub const SOURCE_CONTEXT: &'static str = "source_context";
    /// Its id there.
    pub const SOURCE_EVENT_ID: &'static str = "source_event_id";
    /// Its position there.
    pub const SOURCE_POSITION: &'static str = "source_position";
    /// The key under which the command was made idempotent.
    pub const IDEMPOTENCY_KEY: &'static str = "idempotency_key";
    /// The operation that the event belongs to.
    pub const OPERATION_ID: &'static str = "operation_id";

    /// No pairs.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The same with `key` set to `value`.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.set(key, value);
        self
    }

    /// Sets `key` to `value`.
    pub fn set(&mut self, key: impl Into<String>, value: impl Into<String>) {
        let (key, value) = (key.into(), value.into());
        match self.0.iter_mut().find(|(k, _)| *k == key) {
            Some((_, old)) => *old = value,
            None => self.0.push((key, value)),
        }
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter().find(|(k, _)| *k == key).map(|(_, v)| v)
    }

    /// All pairs in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(k, v)| (k.as_str(), v.as_str()))
    }

    /// How many pairs there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Metadata {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        pairs
            .into_iter()
            .fold(Self::new(), |all, (k, v)| all.with(k, v))
    }
}

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
