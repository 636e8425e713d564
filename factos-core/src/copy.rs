//! Copying: a whole log into another one, in any store, as if everything had happened there.

mod appends;
mod error;
mod pages;
mod receipts;
mod verify;
mod write;

use std::fmt;
use std::future::IntoFuture;

pub use error::CopyError;

use crate::error::InvalidOption;
use crate::log::EventLog;
use crate::position::Position;
use crate::store::BoxFuture;
use appends::Appends;
use pages::{PageSize, page};
use write::Written;

/// Events that one read carries, unless it is said.
const PAGE: u64 = 1_000;

/// A log on its way into another one; await it. Made by [`EventLog::copy_to`].
///
/// It can be stopped at any time, by dropping it or by killing the process: what the target has by then is a copy of the
/// source's first appends, each of them whole. Copying again carries on from there.
///
/// The source may be appended to all the while; what comes late is for the next run. Nobody but copies of the same source
/// may append to the target before the last run: this is noticed, and ends the copy with [`CopyError::Diverged`]. The
/// limits of neither log matter: whatever the source holds is copied.
///
/// ```
/// # use factos::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
/// # struct SeatTaken { #[tag] room: String }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let source = factos::EventLog::new(factos::MemoryStore::new());
/// # let target = factos::EventLog::new(factos::MemoryStore::new());
/// source.append([SeatTaken { room: "a".into() }, SeatTaken { room: "b".into() }]).await?;
/// let copied = source
///     .copy_to(&target)
///     .progress(|at| println!("{:?}: {} of {:?}", at.step, at.done, at.total))
///     .verify()
///     .await?;
/// assert_eq!((copied.events, copied.head), (2, target.head().await?));
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is copied until it is awaited"]
pub struct CopyTo {
    source: EventLog,
    target: EventLog,
    progress: Progress,
    page: u64,
    verify: bool,
}

type Progress = Box<dyn FnMut(CopyProgress) + Send>;

/// What a copy is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CopyStep {
    /// It copies appends with events.
    Events,
    /// It compares and copies what no event tells: appends without events, and append ids that were made void.
    Receipts,
    /// It compares the events of both logs.
    Verify,
}

/// How far a copy has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CopyProgress {
    /// What it is doing.
    pub step: CopyStep,
    /// Events, or receipts, that are done with; those of earlier runs are counted, too.
    pub done: u64,
    /// How many there are, as seen last; `None` while nobody has counted them.
    pub total: Option<u64>,
}

/// A finished copy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Copied {
    /// Events that this run copied.
    pub events: u64,
    /// Appends without events, and void append ids, that this run copied.
    pub receipts: u64,
    /// Up to where the target has what the source has.
    pub head: Position,
}

impl CopyTo {
    pub(crate) fn new(source: EventLog, target: EventLog) -> Self {
        Self {
            source,
            target,
            progress: Box::new(|_| ()),
            page: PAGE,
            verify: false,
        }
    }

    /// Tells how far it has come, at the beginning of each step and after each commit.
    pub fn progress(mut self, progress: impl FnMut(CopyProgress) + Send + 'static) -> Self {
        self.progress = Box::new(progress);
        self
    }

    /// Reads so many events at once and commits what they make whole; 1,000 unless it is said, and fewer while events are
    /// large. An append with more events is put together from several reads.
    pub fn page_size(mut self, events: u64) -> Self {
        self.page = events;
        self
    }

    /// Compares both logs in the end, event by event with all that belongs to them.
    pub fn verify(mut self) -> Self {
        self.verify = true;
        self
    }

    async fn run(self) -> Result<Copied, CopyError> {
        if self.page == 0 {
            return Err(CopyError::Option(InvalidOption {
                option: "page size",
                value: "0".into(),
                rule: "it takes at least 1",
            }));
        }
        let verify = self.verify;
        let mut copying = Copying {
            source: self.source,
            target: self.target,
            progress: self.progress,
            page: self.page,
            copied: Copied::default(),
        };
        copying.events().await?;
        copying.receipts().await?;
        // What was appended during the second step is few. It also shows whether anybody wrote to the target.
        copying.events().await?;
        if verify {
            copying.verify().await?;
            copying.receipts().await?;
        }
        Ok(copying.copied)
    }
}

impl IntoFuture for CopyTo {
    type Output = Result<Copied, CopyError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for CopyTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CopyTo")
            .field("source", &self.source)
            .field("target", &self.target)
            .field("page_size", &self.page)
            .finish_non_exhaustive()
    }
}

/// A copy that goes on.
struct Copying {
    source: EventLog,
    target: EventLog,
    progress: Progress,
    page: u64,
    /// What was done so far; its head is the target's.
    copied: Copied,
}

impl Copying {
    /// Copies events until the target has all that the last read showed.
    async fn events(&mut self) -> Result<(), CopyError> {
        loop {
            self.copied.head = self.begin().await?;
            if self.events_behind(self.copied.head).await? == Written::All {
                return Ok(());
            }
        }
    }

    /// Copies them from this position on, unless the target moves on by itself.
    async fn events_behind(&mut self, mut read_to: Position) -> Result<Written, CopyError> {
        let mut size = PageSize::new(self.page);
        let mut appends = Appends::default();
        loop {
            let page = page(&self.source, read_to, size.next()).await;
            let page = page.map_err(CopyError::Source)?;
            size.learn(&page.events);
            let head = page.head;
            read_to = page.to();
            self.tell(CopyStep::Events, self.copied.head.get(), Some(head.get()));
            for batch in write::batches(appends.take(page))? {
                if self.write(batch).await? == Written::Moved {
                    return Ok(Written::Moved);
                }
                self.tell(CopyStep::Events, self.copied.head.get(), Some(head.get()));
            }
            if read_to >= head {
                return Ok(Written::All);
            }
        }
    }

    fn tell(&mut self, step: CopyStep, done: u64, total: Option<u64>) {
        (self.progress)(CopyProgress { step, done, total });
    }
}
