//! Reads the log page by page, and waits at its end for more.

use std::panic::resume_unwind;
use std::sync::Arc;

use tokio::task::JoinHandle;

use super::retry::Retry;
use super::wake::Wake;
use super::{Batch, anchor};
use crate::checkpoint::Checkpoint;
use crate::dispatch::Fault;
use crate::error::ReadError;
use crate::log::EventLog;
use crate::position::Position;
use crate::query::Query;
use crate::store::{ReadPart, ReadRequest, Snapshot, StoreError};

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
    wake: Wake,
    /// None for somebody who wants to hear of each failure.
    retry: Option<Retry>,
    /// The page that is being read, also while the one before it is handled.
    reading: Option<Reading>,
}

impl<C> Feed<C> {
    pub(crate) fn new(log: EventLog<C>, query: Query, from: Checkpoint) -> Self {
        Self {
            wake: Wake::new(&log),
            log,
            query,
            at: from,
            size: FIRST_PAGE,
            largest: LARGEST_PAGE,
            head: None,
            retry: Some(Retry::default()),
            reading: None,
        }
    }

    /// With so many events a page at most.
    pub(crate) fn largest_page(mut self, events: u32) -> Self {
        self.largest = events.into();
        self.size = self.size.min(self.largest);
        self
    }

    /// One that fails when the log is away, rather than waiting for it.
    pub(crate) fn impatient(mut self) -> Self {
        self.retry = None;
        self
    }

    /// Whether everything that was there when it was read last has been given out; not before it was read.
    pub(crate) fn is_caught_up(&self) -> bool {
        self.head.is_some_and(|head| head <= self.at.position)
    }

    /// Whether it was read, so that the log is known to be the one of the checkpoint.
    pub(crate) fn is_verified(&self) -> bool {
        self.head.is_some()
    }

    /// The next batch, which moves the checkpoint on; the first one comes also when there is nothing new. It may be dropped at
    /// any time, and asked again.
    pub(crate) async fn next(&mut self) -> Result<Batch, ReadError> {
        self.query.check()?;
        anchor::is_of(&self.at, self.log.info())?;
        loop {
            if self.reading.is_none() && self.is_caught_up() {
                self.wait().await;
            }
            let page = self.page().await?;
            let is_first = self.head.replace(page.snapshot.head).is_none();
            let before = self.at.position;
            let batch = self.take(page);
            if is_first || batch.checkpoint.position != before {
                return Ok(batch);
            }
        }
    }

    /// Waits at the log's end for something behind it.
    async fn wait(&mut self) {
        if self.log.planted().has(Fault::WakeUpLost) {
            return self.wake.told_beyond(self.log.info().head()).await;
        }
        self.wake.beyond(self.at.position).await;
    }

    async fn page(&mut self) -> Result<Page, ReadError> {
        loop {
            // In a task of its own: dropped in the middle of a read, a store closes the connection.
            let reading = self
                .reading
                .get_or_insert_with(|| Reading::begin(&self.log, &self.query, self.at, self.size));
            let read = reading.page().await;
            self.reading = None;
            match (read, &mut self.retry) {
                (Ok(page), retry) => {
                    if let Some(retry) = retry {
                        retry.succeeded("subscription");
                    }
                    return Ok(page);
                }
                (Err(error), None) => return Err(error.into()),
                (Err(error), Some(retry)) => retry.after(error, "subscription").await?,
            }
        }
    }

    /// Moves on behind a page.
    fn take(&mut self, page: Page) -> Batch {
        let Page { snapshot, asked } = page;
        let events = snapshot.parts.into_iter().next().unwrap_or_default();
        let count = events.len() as u64;
        let is_full = count >= asked;
        self.at = match events.last() {
            Some(last) if is_full => self.at.at(last.position, Some(last.id)),
            _ => self.at.at(snapshot.head, snapshot.head_event),
        };
        let bytes: u64 = events.iter().map(|event| event.size() as u64).sum();
        self.size = next_size(self.size, count, bytes).min(self.largest);
        if is_full {
            let reading = Reading::begin(&self.log, &self.query, self.at, self.size);
            self.reading = Some(reading);
        }
        Batch {
            events,
            checkpoint: self.at,
            head: snapshot.head,
        }
    }
}

/// How many events to ask for after a page of so many events and bytes: as many as make a page of the wanted size, but
/// not many more than were looked at.
fn next_size(size: u64, events: u64, bytes: u64) -> u64 {
    if events == 0 {
        return size;
    }
    let wanted = PAGE_BYTES / (bytes / events).max(1);
    wanted
        .min(events.max(FIRST_PAGE / 4).saturating_mul(4))
        .max(1)
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
    let mut snapshot = anchor::read(log, request).await?;
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

/// A page that is being read. Dropping it ends the read.
struct Reading(JoinHandle<Result<Page, StoreError>>);

impl Reading {
    fn begin<C>(log: &EventLog<C>, query: &Query, at: Checkpoint, size: u64) -> Self {
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

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.abort();
    }
}
