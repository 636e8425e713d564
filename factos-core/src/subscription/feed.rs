//! Reads the log page by page, and waits at its end for more.

use std::panic::resume_unwind;
use std::sync::Arc;

use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::retry::Retry;
use super::{Batch, Following, LOOK_AGAIN, anchor};
use crate::checkpoint::Checkpoint;
use crate::dispatch::Fault;
use crate::error::ReadError;
use crate::log::EventLog;
use crate::position::Position;
use crate::query::Query;
use crate::store::{HeadWatch, ReadPart, ReadRequest, Snapshot, StoreError};

/// The events of the first page; it is not known yet how large they are.
const FIRST_PAGE: u64 = 64;
/// The most events of a page.
const LARGEST_PAGE: u64 = 1_000;
/// The bytes that a page is to have, about, as far as it can be foretold from the one before it.
const PAGE_BYTES: u64 = 1024 * 1024;

/// The log behind a checkpoint, as an endless row of batches.
pub(crate) struct Feed<C> {
    log: EventLog<C>,
    query: Query,
    at: Checkpoint,
    /// How many events to ask for next, and at most.
    size: u64,
    largest: u64,
    /// Where the log ended when it was read last; nothing before the first read.
    head: Option<Position>,
    wake: HeadWatch,
    retry: Retry,
    /// The next page, which is read while the one before it is handled.
    ahead: Option<Ahead>,
    _following: Option<Arc<Following>>,
}

impl<C> Feed<C> {
    pub(crate) fn new(log: EventLog<C>, query: Query, from: Checkpoint) -> Self {
        Self {
            wake: log.info().watch(),
            _following: log.follow(),
            log,
            query,
            at: from,
            size: FIRST_PAGE,
            largest: LARGEST_PAGE,
            head: None,
            retry: Retry::default(),
            ahead: None,
        }
    }

    /// With so many events a page at most.
    pub(crate) fn largest_page(mut self, events: u32) -> Self {
        self.largest = events.into();
        self.size = self.size.min(self.largest);
        self
    }

    /// Whether everything that was there when it was read last has been given out.
    pub(crate) fn is_caught_up(&self) -> bool {
        self.head.is_some_and(|head| head <= self.at.position)
    }

    /// The next batch, which moves the checkpoint on. It may be dropped at any time, and asked again.
    pub(crate) async fn next(&mut self) -> Result<Batch, ReadError> {
        self.query.check()?;
        anchor::is_of(&self.at, self.log.info())?;
        loop {
            if self.ahead.is_none() && self.is_caught_up() {
                self.wait().await;
            }
            let page = self.page().await?;
            self.head = Some(page.snapshot.head);
            if let Some(batch) = self.take(page) {
                return Ok(batch);
            }
        }
    }

    /// Waits at the log's end for something behind it.
    async fn wait(&mut self) {
        if self.log.planted().has(Fault::WakeUpLost) {
            let known = self.log.info().head();
            self.wake.beyond(known).await;
            return;
        }
        // A wake-up is a hint, and may have been lost.
        let _ = timeout(LOOK_AGAIN, self.wake.beyond(self.at.position)).await;
    }

    async fn page(&mut self) -> Result<Page, ReadError> {
        loop {
            let read = match &mut self.ahead {
                Some(ahead) => ahead.page().await,
                None => read(&self.log, &self.query, self.at, self.size).await,
            };
            self.ahead = None;
            match read {
                Ok(page) => {
                    self.retry.succeeded("subscription");
                    return Ok(page);
                }
                Err(error) => self.retry.after(error, "subscription").await?,
            }
        }
    }

    /// Moves on behind a page; nothing when it has brought nothing new.
    fn take(&mut self, page: Page) -> Option<Batch> {
        let Page { snapshot, asked } = page;
        let events = snapshot.parts.into_iter().next().unwrap_or_default();
        let count = events.len() as u64;
        let is_full = count >= asked;
        let at = match events.last() {
            Some(last) if is_full => self.at.at(last.position, Some(last.id)),
            _ => self.at.at(snapshot.head, snapshot.head_event),
        };
        if at.position == self.at.position {
            return None;
        }
        self.at = at;
        let bytes: u64 = events.iter().map(|event| event.size() as u64).sum();
        self.size = next_size(self.size, count, bytes).min(self.largest);
        if is_full {
            self.ahead = Some(Ahead::of(&self.log, &self.query, self.at, self.size));
        }
        Some(Batch {
            events,
            checkpoint: at,
            head: snapshot.head,
        })
    }
}

/// How many events to ask for after a page of so many events and bytes: as many as make a page of the wanted size, but
/// not many more than were looked at.
fn next_size(size: u64, events: u64, bytes: u64) -> u64 {
    if events == 0 {
        return size;
    }
    let wanted = PAGE_BYTES / (bytes / events).max(1);
    wanted.min(size.saturating_mul(4)).max(1)
}

/// What was read, and how many events at most.
struct Page {
    snapshot: Snapshot,
    asked: u64,
}

async fn read<C>(
    log: &EventLog<C>,
    query: &Query,
    at: Checkpoint,
    size: u64,
) -> Result<Page, StoreError> {
    let page = ReadPart::query(query.clone())
        .after(at.position)
        .limit(size);
    let parts = [Some(page), anchor::part(&at)];
    let request = ReadRequest::new(parts.into_iter().flatten());
    let mut snapshot = log.store().read(request).await?;
    if log.planted().has(Fault::HeadReadApart) {
        let later = log.store().read(ReadRequest::default()).await?;
        (snapshot.head, snapshot.head_event) = (later.head, later.head_event);
    }
    anchor::verify(&at, &mut snapshot)?;
    Ok(Page {
        snapshot,
        asked: size,
    })
}

/// A page that is read while the one in front of it is handled. Dropping it ends the read.
struct Ahead(JoinHandle<Result<Page, StoreError>>);

impl Ahead {
    fn of<C>(log: &EventLog<C>, query: &Query, at: Checkpoint, size: u64) -> Self {
        let (log, query) = (log.clone().untyped(), query.clone());
        Self(tokio::spawn(
            async move { read(&log, &query, at, size).await },
        ))
    }

    async fn page(&mut self) -> Result<Page, StoreError> {
        match (&mut self.0).await {
            Ok(page) => page,
            Err(ended) if ended.is_panic() => resume_unwind(ended.into_panic()),
            Err(ended) => Err(StoreError::Unavailable(Arc::new(ended))),
        }
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.0.abort();
    }
}
