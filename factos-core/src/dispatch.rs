//! Dispatch: read, fold, decide, append, and again if the facts did not hold.

mod cache;
mod deciding;
mod entry;
mod job;
mod locked;
mod options;
mod planted;
mod reading;
mod statistics;

use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

use tokio::time::Instant;
use tracing::Instrument;

use crate::command::{Command, Reads};
use crate::commit::deadline_in;
use crate::error::{DispatchError, InvalidOption};
use crate::event::StoredEvent;
use crate::log::EventLog;
use crate::log::append::{DEFAULT_TIMEOUT, Written, check_timeout};
use crate::metadata::Metadata;
use crate::observe::{self, Ended};
use crate::position::Position;
use crate::rounds::{DEFAULT_ROUNDS, LOCK_AFTER, check_rounds, pause};
use crate::store::{BoxFuture, IdempotencyKey};
pub(crate) use cache::Cache;
use deciding::{Deciding, Round};
pub(crate) use entry::{Entry, NotReady};
pub use options::StateCache;
pub use planted::Fault;
pub(crate) use planted::Planted;
pub use statistics::Statistics;

/// Rounds that may come to nothing because too little is known of the facts, before the same is done.
const LOCK_AFTER_UNREAD: u32 = 8;
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
    key: Option<String>,
    content: Vec<u8>,
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
    /// Whether an earlier dispatch under the same idempotency key has recorded it: nothing was recorded now.
    pub is_repeated: bool,
}

impl<C, T> Dispatch<C, T> {
    pub(crate) fn new(log: EventLog<C>, command: T) -> Self {
        Self {
            log,
            command,
            options: Options {
                metadata: Metadata::new(),
                key: None,
                content: Vec::new(),
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

    /// Happens once under this key: the first accepted outcome is the outcome of every later dispatch under it, also if
    /// nothing was recorded. Rejections and errors are not remembered. Keys belong to the log and are kept for ever.
    ///
    /// The same key with another command is [`Refusal::KeyReused`](crate::store::Refusal::KeyReused).
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.options.key = Some(key.into());
        self
    }

    /// What the command says, as a hash of at most 255 bytes: the same idempotency key with other content is an error then.
    pub fn content_hash(mut self, hash: impl Into<Vec<u8>>) -> Self {
        self.options.content = hash.into();
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
        let span = observe::dispatch(self.log.info().name(), T::NAME);
        let began = Instant::now();
        let run = async {
            let outcome = self.run_rounds().await;
            observe::dispatched(T::NAME, &ended(&outcome), began.elapsed());
            outcome
        };
        run.instrument(span).await
    }

    async fn run_rounds(self) -> Result<Accepted, DispatchError<T::Error>> {
        self.options.check()?;
        let deadline = deadline_in(self.options.timeout);
        let key = self.options.key.map(|key| {
            let content = self.options.content;
            IdempotencyKey::new(key, T::NAME, content)
        });
        let mut deciding = Deciding::new(
            self.log,
            self.command,
            self.options.metadata,
            key.transpose()?,
        )?;
        let (mut lost, mut unread) = (0, 0);
        loop {
            if lost >= LOCK_AFTER || unread >= LOCK_AFTER_UNREAD {
                let written;
                (deciding, written) = deciding.decide_locked(deadline).await?;
                match written {
                    Some(written) => return Ok(Accepted::new(written, lost + 1)),
                    None => continue,
                }
            }
            let round;
            (deciding, round) = deciding.round(deadline).await?;
            match round {
                Round::Accepted(written) => return Ok(Accepted::new(written, lost + 1)),
                Round::Unread => {
                    deciding.log.cache().counters.outdated.one_more();
                    unread += 1;
                }
                Round::Lost(broken) => {
                    lost += 1;
                    if lost == self.options.rounds {
                        return Err(deciding.explain(broken, lost, deadline).await);
                    }
                    if lost < LOCK_AFTER {
                        pause(lost, deadline).await?;
                        deciding.read_again(&broken, deadline).await?;
                    }
                }
            }
        }
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
    pub(crate) fn new(written: Written, rounds: u32) -> Self {
        Self {
            position: written.events.last().map(|event| event.position),
            events: written.events,
            rounds,
            is_repeated: written.is_repeated,
        }
    }
}

/// What is told about an outcome.
fn ended<R>(outcome: &Result<Accepted, DispatchError<R>>) -> Ended {
    let (outcome, rounds, position) = match outcome {
        Ok(accepted) => {
            let outcome = if accepted.is_repeated {
                "repeated"
            } else {
                "accepted"
            };
            (outcome, Some(accepted.rounds), accepted.position)
        }
        Err(DispatchError::Conflict(conflict)) => ("conflict", Some(conflict.rounds), None),
        Err(DispatchError::Rejected(_)) => ("rejected", None, None),
        Err(DispatchError::Timeout { .. }) => ("timeout", None, None),
        Err(DispatchError::OutcomeUnknown { .. }) => ("unknown", None, None),
        Err(_) => ("failed", None, None),
    };
    Ended {
        outcome,
        rounds,
        position: position.map(Position::get),
    }
}
