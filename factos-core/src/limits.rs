//! Limits: how large an event and an append may be.

use crate::error::LimitError;
use crate::event::NewEvent;

/// The longest event type and stream name, in bytes.
pub const MAX_NAME_BYTES: usize = 255;
/// The longest tag, key and colon included, in bytes.
pub const MAX_TAG_BYTES: usize = 1024;

/// The most tags in one item of a query: no event has to carry more of them at once.
pub const MAX_ITEM_TAGS: usize = 64;

/// How large what is appended may be. Names and tags have fixed limits (255 bytes and 1 KiB), as they stand in indexes.
///
/// ```
/// use factos_core::Limits;
/// let limits = Limits { events_per_append: 100, ..Limits::default() };
/// assert_eq!(limits.tags_per_event, 64);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Tags on one event; 64 by default.
    pub tags_per_event: usize,
    /// Data and metadata of one event, in bytes; 4 MiB by default.
    pub bytes_per_event: usize,
    /// Events in one append; 1,000 by default.
    pub events_per_append: usize,
    /// Data and metadata of all events in one append, in bytes; 16 MiB by default.
    pub bytes_per_append: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tags_per_event: 64,
            bytes_per_event: 4 << 20,
            events_per_append: 1_000,
            bytes_per_append: 16 << 20,
        }
    }
}

impl Limits {
    pub(crate) fn check(&self, events: &[NewEvent]) -> Result<(), LimitError> {
        if events.len() > self.events_per_append {
            return Err(LimitError::TooManyEvents {
                events: events.len(),
                limit: self.events_per_append,
            });
        }
        let mut total = 0;
        for event in events {
            total += self.check_event(event)?;
        }
        if total > self.bytes_per_append {
            return Err(LimitError::AppendTooLarge {
                bytes: total,
                limit: self.bytes_per_append,
            });
        }
        Ok(())
    }

    fn check_event(&self, event: &NewEvent) -> Result<usize, LimitError> {
        let event_type = event.event_type.as_str();
        if event.tags.len() > self.tags_per_event {
            return Err(LimitError::TooManyTags {
                event_type: event_type.into(),
                tags: event.tags.len(),
                limit: self.tags_per_event,
            });
        }
        if event
            .metadata
            .iter()
            .any(|(k, v)| k.contains('\0') || v.contains('\0'))
        {
            return Err(LimitError::NulByte { field: "metadata" });
        }
        let bytes = event.size();
        if bytes > self.bytes_per_event {
            return Err(LimitError::EventTooLarge {
                event_type: event_type.into(),
                bytes,
                limit: self.bytes_per_event,
            });
        }
        Ok(bytes)
    }
}
