//! The writer: the one connection of this process that appends, and who has it now.

use std::future::Future;
use std::sync::Arc;

use factos_core::store::StoreError;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, MutexGuard};

use super::error::cause;
use super::link::{Link, Opener};

/// The connection that writes, handed to one operation after the other in the order of their calls.
pub(super) struct Writer {
    opener: Opener,
    link: Mutex<Option<Link>>,
    /// A database in memory is gone with its connection, so that there is nothing to open again.
    in_memory: bool,
}

impl Writer {
    pub(super) fn new(opener: Opener, link: Link, in_memory: bool) -> Self {
        Self {
            opener,
            link: Mutex::new(Some(link)),
            in_memory,
        }
    }

    /// Waits for the connection.
    pub(super) async fn turn(&self) -> Result<Turn<'_>, StoreError> {
        let mut slot = self.link.lock().await;
        let mut link = match slot.take() {
            Some(link) => link,
            None => self.reopen().await?,
        };
        if link.begin_use().await.is_err() {
            link = self.reopen().await?;
            link.begin_use().await?;
        }
        Ok(Turn {
            writer: self,
            slot,
            link: Some(link),
        })
    }

    /// A connection of its own, for questions about what the writer did.
    pub(super) async fn reopen(&self) -> Result<Link, StoreError> {
        if self.in_memory {
            let lost = "the database in memory was lost with its connection";
            return Err(StoreError::Unavailable(cause(lost)));
        }
        self.opener.open().await
    }
}

/// The right to use the writer's connection. Dropped in the middle, the next one rolls back what was left open.
pub(super) struct Turn<'w> {
    writer: &'w Writer,
    slot: MutexGuard<'w, Option<Link>>,
    link: Option<Link>,
}

impl Turn<'_> {
    /// The connection.
    pub(super) fn link(&mut self) -> Result<&mut Link, StoreError> {
        let lost = || StoreError::Unavailable(cause("the connection was closed"));
        self.link.as_mut().ok_or_else(lost)
    }

    /// Ends the turn after `COMMIT` or `ROLLBACK`.
    pub(super) fn finish(mut self) {
        if let Some(link) = &mut self.link {
            link.end_use();
        }
    }

    /// Ends the turn with nothing written, and answers why.
    pub(super) async fn fail<T>(mut self, error: StoreError) -> Result<T, StoreError> {
        if let Some(mut link) = self.link.take()
            && link.roll_back().await.is_ok()
        {
            link.end_use();
            self.link = Some(link);
        }
        Err(error)
    }

    /// Closes the connection and answers with a fresh one, which the turn keeps.
    pub(super) async fn renew(&mut self) -> Result<&mut Link, StoreError> {
        if self.writer.in_memory {
            self.link()?.roll_back().await?;
        } else {
            self.link = None;
            let mut link = self.writer.reopen().await?;
            link.begin_use().await?;
            self.link = Some(link);
        }
        self.link()
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.slot = self.link.take();
    }
}

/// Runs an operation in a task of its own, which goes on when the caller goes away: nothing is left half done.
pub(super) async fn uncancelled<T: Send + 'static>(
    operation: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, StoreError> {
    let runtime =
        Handle::try_current().map_err(|error| StoreError::Unavailable(Arc::new(error)))?;
    match runtime.spawn(operation).await {
        Ok(outcome) => outcome,
        // The runtime it ran on is shutting down, and stopped it wherever it was.
        Err(error) if error.is_cancelled() => Err(StoreError::OutcomeUnknown(Arc::new(error))),
        Err(error) => Err(StoreError::Other(Arc::new(error))),
    }
}
