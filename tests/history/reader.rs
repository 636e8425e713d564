//! Readers that follow the log while it grows, and write down what they see.

use std::time::Duration;

use factos::store::{EventStore, ReadPart, ReadRequest, StoreError};
use factos::{EventLog, Position, Query, ReadError, StoredEvent};
use futures_util::{StreamExt, TryStreamExt};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::disturbed::digest;
use crate::disturbed::patience::{answered, within};
use crate::disturbed::store::Store;
use crate::record::{Page, Query as RecordedQuery, Record, Recorder};
use crate::shape::Shape;

/// How long a reader waits for events of other processes, of which it is not told, before it looks again.
const POLL: Duration = Duration::from_millis(5);
/// The most events of a page.
const PAGE: u64 = 300;

/// A reader of what matches a query.
pub struct Reader {
    pub name: String,
    pub store: Store,
    pub records: Recorder,
    pub query: Query,
    /// Where it has come.
    pub at: Position,
}

impl Reader {
    /// Follows the log until it has come as far as it is told at some time.
    pub async fn follow(mut self, mut shape: Shape, mut end: watch::Receiver<Option<Position>>) {
        let log = EventLog::new(self.store.clone());
        loop {
            let patience = shape.patience();
            let read = async {
                if shape.0.bool() {
                    answered(|| self.page_of_store()).await
                } else {
                    answered(|| self.page_of_log(&log)).await
                }
            };
            let Some((upto, events)) = within(patience, read).await else {
                continue;
            };
            if upto > self.at {
                let mut page = page(&self.query, self.at, upto, &events);
                page.reader = Some(self.name.clone());
                self.records.write(&Record::Page(page));
                self.at = upto;
                continue;
            }
            if end.borrow().is_some_and(|end| end <= self.at) {
                return;
            }
            let mut watch = log.info().watch();
            tokio::select! {
                _ = timeout(POLL, watch.beyond(self.at)) => {}
                _ = end.changed() => {}
            }
        }
    }

    /// The next page, and how far it goes: to the head, or to its last event if that is not all.
    async fn page_of_store(&self) -> Result<(Position, Vec<StoredEvent>), StoreError> {
        let part = ReadPart::query(self.query.clone())
            .after(self.at)
            .limit(PAGE);
        let snapshot = self.store.read(ReadRequest::new([part])).await?;
        let events = snapshot.parts.into_iter().next().unwrap_or_default();
        let is_full = events.len() as u64 == PAGE;
        let last = events
            .last()
            .filter(|_| is_full)
            .map(|event| event.position);
        Ok((last.unwrap_or(snapshot.head), events))
    }

    /// The same as users read. It says nothing of what stands behind its last event.
    async fn page_of_log(
        &self,
        log: &EventLog,
    ) -> Result<(Position, Vec<StoredEvent>), StoreError> {
        let events = log.events(self.query.clone()).after(self.at).stored();
        let events = events
            .take(usize::try_from(PAGE).unwrap_or(usize::MAX))
            .try_collect();
        let events: Vec<StoredEvent> = events.await.map_err(|error| match error {
            ReadError::Store(error) => error,
            error => panic!("nothing is decoded: {error:?}"),
        })?;
        let last = events.last().map_or(self.at, |event| event.position);
        Ok((last, events))
    }
}

/// What a read has shown.
pub fn page(query: &Query, after: Position, upto: Position, events: &[StoredEvent]) -> Page {
    Page {
        reader: None,
        query: RecordedQuery::of(query),
        after: after.get(),
        upto: upto.get(),
        positions: events.iter().map(|event| event.position.get()).collect(),
        digest: digest::of_all(events.iter().map(digest::of_stored)),
    }
}
