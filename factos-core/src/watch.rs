//! Watching facts: their states now, and after each change.

use std::fmt;
use std::sync::Arc;

use futures_util::{Stream, stream};

use crate::checkpoint::Checkpoint;
use crate::error::ReadError;
use crate::facts::{Context, Facts};
use crate::log::EventLog;
use crate::position::Position;
use crate::subscription::retry::Retry;
use crate::subscription::{Wake, anchor};

/// The states of facts, followed as they change; made by [`EventLog::watch`].
///
/// It looks at the log when it is asked, so that whoever is slow misses states in between and never the last one. It goes on
/// by itself when the database was away.
pub struct Watch<C, F: Facts<C>> {
    log: EventLog<C>,
    facts: F,
    /// What is folded so far; nothing after a failure, when all of it is read again.
    context: Option<Context>,
    at: Checkpoint,
    states: Arc<F::States>,
    wake: Wake,
    retry: Retry,
}

impl<C, F: Facts<C>> Watch<C, F> {
    pub(crate) async fn new(log: EventLog<C>, facts: F) -> Result<Self, ReadError> {
        let mut watch = Self {
            wake: Wake::new(&log),
            context: None,
            at: Checkpoint::start(log.info().identity()),
            states: Context::new(&facts)?.states(&facts),
            retry: Retry::default(),
            log,
            facts,
        };
        watch.look().await?;
        Ok(watch)
    }

    /// The states as they were when it last looked.
    pub fn states(&self) -> &F::States {
        &self.states
    }

    /// The position of the log that they hold at.
    pub fn position(&self) -> Position {
        self.at.position
    }

    /// Waits until an event is appended that one of the facts reads, and answers the states after all that are there then.
    ///
    /// It may be dropped at any time, and asked again. Facts that read nothing never change.
    ///
    /// # Errors
    /// An event that cannot be decoded, or a failure of the store that does not pass by itself, such as a log that was
    /// [restored](crate::store::StoreError::Rewound). Asked again, it reads the facts from the first event on.
    pub async fn changed(&mut self) -> Result<&F::States, ReadError> {
        loop {
            if self.context.is_some() {
                self.wake.beyond(self.at.position).await;
            }
            if self.look().await? {
                return Ok(&self.states);
            }
        }
    }

    /// The states now and after each change, as a stream. It ends behind an error.
    pub fn into_stream(self) -> impl Stream<Item = Result<F::States, ReadError>> + Send + Unpin
    where
        C: 'static,
    {
        let states = stream::try_unfold((self, false), |(mut watch, is_told)| async move {
            if is_told {
                watch.changed().await?;
            }
            Ok(Some((watch.states().clone(), (watch, true))))
        });
        Box::pin(states)
    }

    /// Looks at the log, and answers whether there was something that the facts read, or whether all was read anew.
    async fn look(&mut self) -> Result<bool, ReadError> {
        let is_anew = self.context.is_none();
        if is_anew {
            self.at = Checkpoint::start(self.log.info().identity());
        }
        let looked = self.read().await;
        match looked {
            Ok(has_found) => Ok(has_found || is_anew),
            Err(error) => {
                self.context = None;
                Err(error)
            }
        }
    }

    async fn read(&mut self) -> Result<bool, ReadError> {
        let mut snapshot = loop {
            let context = match &mut self.context {
                Some(context) => context,
                none => none.insert(Context::new(&self.facts)?),
            };
            let mut request = context.request();
            request.parts.extend(anchor::part(&self.at));
            match anchor::read(&self.log, request).await {
                Ok(snapshot) => break snapshot,
                Err(error) => self.retry.after(error, "watch").await?,
            }
        };
        self.retry.succeeded("watch");
        anchor::verify(&self.at, &mut snapshot)?;
        let has_found = snapshot.parts.iter().any(|events| !events.is_empty());
        let at = self.at.at(snapshot.head, snapshot.head_event);
        // A fold that panics leaves nothing behind, and all is read anew.
        if let Some(context) = self.context.take() {
            let context = context.fold(snapshot)?;
            if has_found || self.at.position == Position::START {
                self.states = context.states(&self.facts);
            }
            self.context = Some(context);
        }
        self.at = at;
        Ok(has_found)
    }
}

impl<C, F: Facts<C, States: fmt::Debug>> fmt::Debug for Watch<C, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("states", &self.states)
            .field("position", &self.at.position)
            .finish_non_exhaustive()
    }
}
