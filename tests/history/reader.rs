//! Readers that follow the log while it grows, and write down what they see.

use std::pin::Pin;
use std::time::Duration;

use factos::store::{EventStore, ReadPart, ReadRequest, StoreError};
use factos::{
    Checkpoint, EventId, EventLog, Fault, LogOptions, Position, Query, ReadError, StoredEvent,
};
use futures_util::{Stream, StreamExt, TryStreamExt};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::disturbed::digest;
use crate::disturbed::patience::{answered, within};
use crate::disturbed::store::Store;
use crate::record::{Id, Page, Query as RecordedQuery, Record, Recorder};
use crate::shape::Shape;

/// After this time whoever waits behind the log's end waits for ever.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
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
    /// The event there, if it was told.
    pub event: Option<EventId>,
    /// What is wrong with its subscriptions.
    pub fault: Option<Fault>,
}

/// Where the log ends, once that is known.
pub type End = watch::Receiver<Option<Position>>;

/// What was read at once.
struct Came {
    upto: Position,
    /// The event there, if it was told.
    event: Option<EventId>,
    events: Vec<StoredEvent>,
}

type Subscribed = Pin<Box<dyn Stream<Item = Result<Came, ReadError>> + Send>>;

/// What subscriptions are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// Batches, which go on to the log's end.
    Batches,
    /// Events, which say nothing of what stands behind the last of them.
    Events,
}

impl Reader {
    /// Follows the log until it has come as far as it is told at some time: by reads, and by subscriptions that it drops now
    /// and then.
    pub async fn follow(mut self, mut shape: Shape, mut end: End) {
        let options = LogOptions::default();
        let options = match self.fault {
            Some(fault) => options.plant(fault),
            None => options,
        };
        let log = EventLog::with_options(self.store.clone(), options);
        while end.borrow().is_none_or(|end| self.at < end) {
            if shape.0.u32(..3) == 0 {
                self.read(&log, &mut shape).await;
            } else if self.subscribe(&log, &mut shape, &mut end).await.is_err() {
                return;
            }
        }
    }

    /// Reads a page.
    async fn read(&mut self, log: &EventLog, shape: &mut Shape) {
        let patience = shape.patience();
        let read = async {
            if shape.0.bool() {
                answered(|| self.page_of_store()).await
            } else {
                answered(|| self.page_of_log(log)).await
            }
        };
        if let Some((upto, events)) = within(patience, read).await
            && upto > self.at
        {
            self.take(&Came {
                upto,
                event: None,
                events,
            });
        }
    }

    /// Follows by a subscription for a while. Fails when that fails, or waits for ever.
    async fn subscribe(
        &mut self,
        log: &EventLog,
        shape: &mut Shape,
        end: &mut End,
    ) -> Result<(), GivenUp> {
        let asked = if shape.percent(70) {
            Asked::Batches
        } else {
            Asked::Events
        };
        let mut subscribed = self.subscription(log, shape, asked);
        for _ in 0..shape.0.u32(1..20) {
            let came = within(shape.patience(), subscribed.try_next());
            tokio::select! {
                biased;
                came = came => match came {
                    Some(Ok(came)) => self.take(&came.expect("it has no end")),
                    Some(Err(error)) => return Err(self.failed(&error)),
                    // Asked again, it goes on where it was.
                    None => {}
                },
                () = is_over(end.clone(), self.at, asked) => return Ok(()),
                at_end = is_stuck(end.clone()) => return Err(self.stuck(at_end)),
            }
        }
        Ok(())
    }

    /// Begins behind the position, or goes on from the checkpoint, if it has one.
    fn subscription(&self, log: &EventLog, shape: &mut Shape, asked: Asked) -> Subscribed {
        let subscription = log.subscribe(self.query.clone());
        let subscription = if shape.0.bool() {
            let start = Checkpoint::start(log.info().identity());
            subscription.resume(start.at(self.at, self.event))
        } else {
            subscription.from(self.at)
        };
        match asked {
            Asked::Batches => Box::pin(subscription.batches().map_ok(|batch| Came {
                upto: batch.checkpoint.position,
                event: batch.checkpoint.event,
                events: batch.events,
            })),
            Asked::Events => Box::pin(subscription.stored().map_ok(|event| Came {
                upto: event.position,
                event: Some(event.id),
                events: vec![event],
            })),
        }
    }

    /// Writes down what came, and goes on behind it.
    fn take(&mut self, came: &Came) {
        let mut page = page(&self.query, self.at, came.upto, &came.events);
        page.reader = Some(self.name.clone());
        page.event = came.event.map(Id::from);
        self.records.write(&Record::Page(page));
        (self.at, self.event) = (came.upto, came.event);
    }

    fn failed(&self, error: &ReadError) -> GivenUp {
        self.records.write(&Record::Failed {
            reader: self.name.clone(),
            at: self.at.get(),
            error: error.to_string(),
        });
        GivenUp
    }

    fn stuck(&self, end: Position) -> GivenUp {
        self.records.write(&Record::Stuck {
            reader: self.name.clone(),
            at: self.at.get(),
            end: end.get(),
        });
        GivenUp
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

/// There is no sense in following the log any more; why is written down.
struct GivenUp;

/// Waits until nothing more is to come.
async fn is_over(mut end: End, at: Position, asked: Asked) {
    let is_there = |end: &Option<Position>| match asked {
        Asked::Batches => end.is_some_and(|end| end <= at),
        Asked::Events => end.is_some(),
    };
    until(&mut end, is_there).await;
}

/// Waits until the end is known, and then for longer than it takes to come there. Answers where it is.
async fn is_stuck(mut end: End) -> Position {
    let known = until(&mut end, Option::is_some).await;
    sleep(LONGEST_WAIT).await;
    known.unwrap_or_default()
}

async fn until(end: &mut End, is_so: impl Fn(&Option<Position>) -> bool) -> Option<Position> {
    let told = end.wait_for(is_so).await.map(|end| *end);
    match told {
        Ok(end) => end,
        // Nothing else will be told.
        Err(_) => std::future::pending().await,
    }
}

/// What a read has shown.
pub fn page(query: &Query, after: Position, upto: Position, events: &[StoredEvent]) -> Page {
    Page {
        reader: None,
        query: RecordedQuery::of(query),
        after: after.get(),
        upto: upto.get(),
        event: None,
        positions: events.iter().map(|event| event.position.get()).collect(),
        digest: digest::of_all(events.iter().map(digest::of_stored)),
    }
}
