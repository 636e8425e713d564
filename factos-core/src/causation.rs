//! Causation: what led to new events.

use std::fmt::Display;

use crate::event::{Recorded, StoredEvent};
use crate::id::EventId;
use crate::metadata::Metadata;

/// What led to new events: an event, or a command or message that has an id of its own.
///
/// It is recorded as metadata by [`Metadata::caused_by`]: the [`CAUSATION_ID`](Metadata::CAUSATION_ID) is the id of what
/// came right before, the [`CORRELATION_ID`](Metadata::CORRELATION_ID) is that of where it all began.
///
/// ```
/// use factos_core::{Causation, Metadata};
/// let message = Causation::by("message-7").correlated("checkout-1");
/// let metadata = Metadata::new().caused_by(message);
/// assert_eq!(metadata.get(Metadata::CAUSATION_ID), Some("message-7"));
/// assert_eq!(metadata.get(Metadata::CORRELATION_ID), Some("checkout-1"));
///
/// let first = Metadata::new().caused_by(Causation::by("request-1"));
/// assert_eq!(first.get(Metadata::CORRELATION_ID), Some("request-1"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Causation {
    id: String,
    correlation: Option<String>,
}

impl Causation {
    /// A command or message with this id. It is where everything began, unless it is [`correlated`](Self::correlated).
    pub fn by(id: impl Display) -> Self {
        Self {
            id: id.to_string(),
            correlation: None,
        }
    }

    /// The same, as a part of what this id stands for.
    #[must_use]
    pub fn correlated(mut self, id: impl Display) -> Self {
        self.correlation = Some(id.to_string());
        self
    }

    fn event(id: EventId, metadata: &Metadata) -> Self {
        Self {
            id: id.to_string(),
            correlation: metadata.get(Metadata::CORRELATION_ID).map(Into::into),
        }
    }
}

impl From<&StoredEvent> for Causation {
    fn from(event: &StoredEvent) -> Self {
        Self::event(event.id, &event.metadata)
    }
}

impl<E> From<&Recorded<E>> for Causation {
    fn from(event: &Recorded<E>) -> Self {
        Self::event(event.id, &event.metadata)
    }
}

impl Metadata {
    /// The same for events that this led to: a [`StoredEvent`], a [`Recorded`] one, or any other [`Causation`]. Its id
    /// becomes their `causation_id`; its own `correlation_id` becomes theirs, or its id if it has none.
    ///
    /// ```
    /// # use factos::prelude::*;
    /// # use factos::Metadata;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
    /// # struct SeatTaken { #[tag] room: String }
    /// # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
    /// # struct TicketPrinted { #[tag] room: String }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let log = factos::EventLog::new(factos::MemoryStore::new());
    /// let taken = log.append(SeatTaken { room: "a".into() }).await?;
    /// let print = log.append(TicketPrinted { room: "a".into() });
    /// let printed = print.metadata(Metadata::new().caused_by(&taken[0])).await?;
    ///
    /// let id = taken[0].id.to_string();
    /// assert_eq!(printed[0].metadata.get(Metadata::CAUSATION_ID), Some(id.as_str()));
    /// assert_eq!(printed[0].metadata.get(Metadata::CORRELATION_ID), Some(id.as_str()));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn caused_by(self, cause: impl Into<Causation>) -> Self {
        let Causation { id, correlation } = cause.into();
        let correlation = correlation.unwrap_or_else(|| id.clone());
        self.with(Self::CAUSATION_ID, id)
            .with(Self::CORRELATION_ID, correlation)
    }
}
