//! Dispatch: read, fold, decide, append, and again if the facts did not hold.

mod deciding;
mod options;
#[cfg(feature = "planted-faults")]
mod planted;

use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

use crate::command::{Command, Reads};
use crate::commit::deadline_in;
use crate::error::{DispatchError, InvalidOption};
use crate::event::StoredEvent;
use crate::log::EventLog;
use crate::log::append::{DEFAULT_TIMEOUT, check_timeout};
use crate::metadata::Metadata;
use crate::position::Position;
use crate::rounds::{DEFAULT_ROUNDS, LOCK_AFTER, check_rounds, pause};
use crate::store::BoxFuture;
use deciding::{Deciding, Round};
pub use options::StateCache;
#[cfg(feature = "planted-faults")]
pub use planted::Fault;

/// A command on its way; await it. Made by [`EventLog::dispatch`].
///
/// Dropping its future before the store was handed the append means that nothing happens; after that, the append is
/// completed or not, as a whole.
#[must_use = "nothing is dispatched until it is awaited"]
pub struct Dispatch<C, T> {
    log: EventLog<C>,
    command: T,
    options: Options,
}

struct Options {
    metadata: Metadata,
    rounds: u32,
    timeout: Duration,
}

/// An accepted command: what was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Accepted {
    /// The events that were recorded, with all their fields; none when the decider decided none.
    pub events: Vec<StoredEvent>,
    /// The position of the last of them.
    pub position: Option<Position>,
    /// How many rounds it took: 1 when nobody came in between.
    pub rounds: u32,
}

impl<C, T> Dispatch<C, T> {
    pub(crate) fn new(log: EventLog<C>, command: T) -> Self {
        Self {
            log,
            command,
            options: Options {
                metadata: Metadata::new(),
                rounds: DEFAULT_ROUNDS,
                timeout: DEFAULT_TIMEOUT,
            },
        }
    }

    /// Records this metadata with every event that is decided.
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.options.metadata = metadata;
        self
    }

    /// Decides at most so often. With 1, a lost race is a [`DispatchError::Conflict`] at once. With more than 3, as by
    /// default, a command that has lost 3 rounds is decided under the log's lock, and cannot lose any more.
    pub fn rounds(mut self, rounds: u32) -> Self {
        self.options.rounds = rounds;
        self
    }

    /// Gives up after this time; 30 seconds by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = timeout;
        self
    }
}

impl Options {
    fn check(&self) -> Result<(), InvalidOption> {
        check_timeout(self.timeout)?;
        check_rounds(self.rounds)
    }
}

impl<C, T> Dispatch<C, T>
where
    C: 'static,
    T: Reads<C> + Send + Sync + 'static,
    T::Error: Send + 'static,
{
    async fn run(self) -> Result<Accepted, DispatchError<T::Error>> {
        self.options.check()?;
        let deadline = deadline_in(self.options.timeout);
        let mut deciding = Deciding::new(self.log, self.command, self.options.metadata)?;
        for round in 1..=self.options.rounds {
            if round > LOCK_AFTER {
                let events = deciding.decide_locked(deadline).await?;
                return Ok(Accepted::new(events, round));
            }
            match deciding.round(deadline).await? {
                Round::Accepted(events) => return Ok(Accepted::new(events, round)),
                Round::Lost(broken) if round == self.options.rounds => {
                    return Err(deciding.explain(broken, round, deadline).await);
                }
                Round::Lost(_) => pause(round, deadline).await?,
            }
        }
        unreachable!("the last round returns")
    }
}

impl<C, T> IntoFuture for Dispatch<C, T>
where
    C: 'static,
    T: Reads<C> + Send + Sync + 'static,
    T::Error: Send + 'static,
{
    type Output = Result<Accepted, DispatchError<T::Error>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl<C, T: Command> fmt::Debug for Dispatch<C, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Dispatch").field(&T::NAME).finish()
    }
}

impl Accepted {
    pub(crate) fn new(events: Vec<StoredEvent>, rounds: u32) -> Self {
        Self {
            position: events.last().map(|event| event.position),
            events,
            rounds,
        }
    }
}
