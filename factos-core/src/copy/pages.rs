//! Pages: what one read takes from a log.

use crate::event::StoredEvent;
use crate::id::AppendId;
use crate::log::EventLog;
use crate::position::Position;
use crate::query::Query;
use crate::store::{ReadPart, ReadRequest, Receipts, Settled, StoreError};

/// Bytes that a page is to have at most, as far as the page in front tells.
const PAGE_BYTES: usize = 4 << 20;
/// Events of the first page: nothing is known of their size.
const FIRST: u64 = 64;

/// Consecutive events, and the receipts of the keyed appends that begin among them.
pub(super) struct Page {
    after: Position,
    pub(super) events: Vec<StoredEvent>,
    pub(super) keyed: Vec<(AppendId, Settled)>,
    /// The log's head when they were read.
    pub(super) head: Position,
}

impl Page {
    /// Up to where it goes.
    pub(super) fn to(&self) -> Position {
        self.after.plus(self.events.len() as u64)
    }
}

/// Reads the events behind a position, so many if there are.
pub(super) async fn page(log: &EventLog, after: Position, events: u64) -> Result<Page, StoreError> {
    let to = after.plus(events);
    let part = ReadPart::query(Query::all()).after(after).to(to);
    let request = ReadRequest::new([part]).with_receipts(Receipts::Keyed { after, to });
    let snapshot = log.store().read(request).await?;
    let page = Page {
        after,
        events: snapshot.parts.into_iter().flatten().collect(),
        keyed: snapshot.receipts,
        head: snapshot.head,
    };
    check_gapless(&page, to)?;
    Ok(page)
}

/// A gap would move all events behind it to other positions.
fn check_gapless(page: &Page, to: Position) -> Result<(), StoreError> {
    let mut places = page.events.iter().map(|event| event.position.get());
    for position in page.after.get() + 1..=to.min(page.head).get() {
        if places.next() != Some(position) {
            let position = Position::new(position);
            return Err(StoreError::corrupt_event(position, "it is missing"));
        }
    }
    Ok(())
}

/// How many events a page may have, so that it does not become too large.
pub(super) struct PageSize {
    next: u64,
    most: u64,
}

impl PageSize {
    pub(super) fn new(most: u64) -> Self {
        Self {
            next: FIRST.min(most),
            most,
        }
    }

    /// The events to be asked for next.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// Takes the size of a page's events for that of the next ones.
    pub(super) fn learn(&mut self, events: &[StoredEvent]) {
        let bytes: usize = events.iter().map(StoredEvent::size).sum();
        let each = bytes.checked_div(events.len()).unwrap_or(0).max(1);
        let fitting = (PAGE_BYTES / each) as u64;
        // A few small events in front of large ones shall not make a huge page.
        self.next = fitting.min(self.next.saturating_mul(4)).clamp(1, self.most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Data;
    use crate::event::NewEvent;
    use crate::name::EventType;
    use crate::time::Timestamp;

    fn events(count: u64, bytes: usize) -> Vec<StoredEvent> {
        let event_type = EventType::new("A").expect("a short name");
        let event = NewEvent::new(event_type, Data::binary(vec![0; bytes]));
        let stored = |n| {
            let now = Timestamp::from_micros(0);
            StoredEvent::new(event.clone(), Position::new(n), now, AppendId::new(), None)
        };
        (1..=count).map(stored).collect()
    }

    #[test]
    fn pages_grow_while_events_are_small() {
        let mut size = PageSize::new(1_000);
        let mut sizes = Vec::new();
        for _ in 0..4 {
            sizes.push(size.next());
            size.learn(&events(size.next(), 100));
        }
        assert_eq!(sizes, [64, 256, 1_000, 1_000]);
        assert_eq!(PageSize::new(1).next(), 1);
    }

    #[test]
    fn pages_shrink_while_events_are_large() {
        let mut size = PageSize::new(1_000);
        size.learn(&events(4, PAGE_BYTES / 2));
        assert_eq!(size.next(), 2);
        size.learn(&events(1, PAGE_BYTES * 2));
        assert_eq!(size.next(), 1);
        size.learn(&[]);
        assert_eq!(size.next(), 4);
    }
}
