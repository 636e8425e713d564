//! A command that is to be executed on a stream.

use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

use super::executing::{Executing, Round};
use crate::commit::deadline_in;
use crate::dispatch::Accepted;
use crate::error::DispatchError;
use crate::event::Event;
use crate::log::append::{DEFAULT_TIMEOUT, check_timeout};
use crate::metadata::Metadata;
use crate::rounds::{DEFAULT_ROUNDS, LOCK_AFTER, check_rounds, pause};
use crate::store::{BoxFuture, IdempotencyKey};

/// A command on its way to a stream; await it. Made by [`StreamHandle::execute`](crate::StreamHandle::execute).
///
/// It gives the events that were committed, or a [`DispatchError`]: the decider's rejection, or what kept the command
/// from being decided. When nothing is to be recorded, or the command is rejected, the stream was so at a moment after
/// the command came.
///
/// Dropping its future before the store was handed the append means that nothing happens; after that, the append is
/// completed or not, as a whole.
#[must_use = "nothing is executed until it is awaited"]
pub struct Execute<C, T, S, E, X> {
    executing: Executing<C, T, S, E, X>,
    rounds: u32,
    timeout: Duration,
}

impl<C, T, S, E, X> Execute<C, T, S, E, X> {
    pub(super) fn new(executing: Executing<C, T, S, E, X>) -> Self {
        Self {
            executing,
            rounds: DEFAULT_ROUNDS,
            timeout: DEFAULT_TIMEOUT,
        }
    }

    /// Records this metadata with every event that is decided.
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.executing.metadata = metadata;
        self
    }

    /// Once under this key, in the whole log. The first accepted outcome is the outcome for ever, also when nothing was
    /// recorded; a rejection is not remembered.
    pub fn idempotency_key(mut self, key: IdempotencyKey) -> Self {
        self.executing.key = Some(key);
        self
    }

    /// Decides at most so often. With 1, a lost race is a [`DispatchError::WrongRevision`] at once. With more than 3, as
    /// by default, a command that has lost 3 rounds is decided under the log's lock, and cannot lose any more.
    pub fn rounds(mut self, rounds: u32) -> Self {
        self.rounds = rounds;
        self
    }

    /// Gives up after this time; 30 seconds by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

impl<C, T, S, E, X> Execute<C, T, S, E, X>
where
    C: 'static,
    T: Send + Sync + 'static,
    S: Clone + Send + Sync + 'static,
    E: Event,
    X: Send + 'static,
{
    async fn run(mut self) -> Result<Accepted, DispatchError<X>> {
        check_timeout(self.timeout)?;
        check_rounds(self.rounds)?;
        let deadline = deadline_in(self.timeout);
        for round in 1..=self.rounds {
            if round > LOCK_AFTER {
                let events = self.executing.decide_locked(deadline).await?;
                return Ok(Accepted::new(events, round));
            }
            match self.executing.round(deadline).await? {
                Round::Accepted(events) => return Ok(Accepted::new(events, round)),
                Round::Lost(mut wrong) if round == self.rounds => {
                    wrong.rounds = round;
                    return Err(DispatchError::WrongRevision(wrong));
                }
                Round::Lost(_) => pause(round, deadline).await?,
            }
        }
        unreachable!("the last round returns")
    }
}

impl<C, T, S, E, X> IntoFuture for Execute<C, T, S, E, X>
where
    C: 'static,
    T: Send + Sync + 'static,
    S: Clone + Send + Sync + 'static,
    E: Event,
    X: Send + 'static,
{
    type Output = Result<Accepted, DispatchError<X>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl<C, T, S, E, X> fmt::Debug for Execute<C, T, S, E, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Execute")
            .field(&self.executing.name)
            .finish()
    }
}
