//! Appends: what consecutive events were once stored by.

use std::collections::HashMap;

use super::pages::Page;
use crate::error::LimitError;
use crate::event::{NewEvent, StoredEvent};
use crate::id::AppendId;
use crate::limits::Limits;
use crate::name::StreamName;
use crate::position::Position;
use crate::store::{AppendRequest, Appended, ExpectedRevision, IdempotencyKey, Receipt, Settled};

/// What the source took, the target takes.
pub(super) const UNLIMITED: Limits = Limits {
    tags_per_event: usize::MAX,
    bytes_per_event: usize::MAX,
    events_per_append: usize::MAX,
    bytes_per_append: usize::MAX,
};

/// One append, as it can be made again.
pub(super) struct Whole {
    append_id: AppendId,
    at: Appended,
    stream: Option<StreamName>,
    key: Option<IdempotencyKey>,
    events: Vec<NewEvent>,
}

impl Whole {
    fn begin(event: StoredEvent, key: Option<IdempotencyKey>) -> Self {
        let (name, revision) = event
            .stream
            .as_ref()
            .map(|place| (place.name.clone(), place.revision))
            .unzip();
        Self {
            append_id: event.append_id,
            at: Appended {
                first: event.position,
                last: event.position,
                recorded_at: event.recorded_at,
                first_revision: revision,
            },
            stream: name,
            key,
            events: vec![event.into_new()],
        }
    }

    fn push(&mut self, event: StoredEvent) {
        self.at.last = event.position;
        self.events.push(event.into_new());
    }

    /// Where its first event stands.
    pub(super) fn first(&self) -> Position {
        self.at.first
    }

    /// The request that stores the same again, and the only receipt that it may get.
    pub(super) fn request(self) -> Result<(AppendRequest, Receipt), LimitError> {
        let receipt = Receipt {
            append_id: self.append_id,
            appended: Some(self.at),
            key: self.key.clone(),
        };
        let mut request = AppendRequest::append(self.events, self.at.recorded_at, &UNLIMITED)?
            .with_id(self.append_id);
        if let Some((name, first)) = self.stream.zip(self.at.first_revision) {
            let last = first.checked_sub(1);
            let expected = last.map_or(ExpectedRevision::NoStream, ExpectedRevision::At);
            request = request.to_stream(name, expected);
        }
        if let Some(key) = self.key {
            request = request.with_key(key);
        }
        Ok((request, receipt))
    }
}

/// Puts appends together from pages, which may cut them anywhere.
#[derive(Default)]
pub(super) struct Appends {
    /// Of appends whose events have not been seen.
    keys: HashMap<AppendId, IdempotencyKey>,
    /// The one that the last page ended with, if there may be more of it.
    open: Option<Whole>,
}

impl Appends {
    /// Takes the next page, and answers the appends that are whole now.
    pub(super) fn take(&mut self, page: Page) -> Vec<Whole> {
        for (append_id, known) in page.keyed {
            if let Settled::Committed(Receipt { key: Some(key), .. }) = known {
                self.keys.insert(append_id, key);
            }
        }
        let mut whole = Vec::new();
        for event in page.events {
            match &mut self.open {
                Some(open) if open.append_id == event.append_id => open.push(event),
                open => {
                    let key = self.keys.remove(&event.append_id);
                    whole.extend(open.replace(Whole::begin(event, key)));
                }
            }
        }
        // A log never ends in the middle of an append.
        whole.extend(self.open.take_if(|open| open.at.last == page.head));
        whole
    }
}
