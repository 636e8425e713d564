//! The writer: the one connection of this process that appends, and who has it now.

use factos_core::store::StoreError;
use tokio::sync::{Mutex, MutexGuard};

use super::link::{Link, Opener};
use crate::cause;
use crate::connections::Opener as _;

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
        let mut turn = Turn {
            writer: self,
            slot: self.link.lock().await,
        };
        // Nothing is taken out of the slot: whoever is dropped at an `await` here would take it along.
        if let Some(link) = turn.slot.as_mut() {
            match link.begin_use().await {
                Err(error) if self.in_memory => return Err(error),
                Err(_) => *turn.slot = None,
                Ok(()) => {}
            }
        }
        if turn.slot.is_none() {
            turn.slot.insert(self.reopen().await?).begin_use().await?;
        }
        Ok(turn)
    }

    async fn reopen(&self) -> Result<Link, StoreError> {
        if self.in_memory {
            let lost = "the database in memory was lost with its connection";
            return Err(StoreError::Unavailable(cause(lost)));
        }
        self.opener.open().await
    }
}

/// The right to use the writer's connection.
///
/// Dropped in the middle, it closes the connection, which ends its transaction and gives back the file's lock. In
/// memory, where the connection is all there is, the next turn rolls back instead.
pub(super) struct Turn<'w> {
    writer: &'w Writer,
    slot: MutexGuard<'w, Option<Link>>,
}

impl Turn<'_> {
    /// The connection.
    pub(super) fn link(&mut self) -> Result<&mut Link, StoreError> {
        let lost = || StoreError::Unavailable(cause("the connection was closed"));
        self.slot.as_mut().ok_or_else(lost)
    }

    /// Ends the turn after `COMMIT` or `ROLLBACK`.
    pub(super) fn finish(mut self) {
        if let Some(link) = self.slot.as_mut() {
            link.end_use();
        }
    }

    /// Ends the turn with nothing written, and answers why.
    pub(super) async fn fail<T>(mut self, error: StoreError) -> Result<T, StoreError> {
        if let Some(link) = self.slot.as_mut()
            && link.roll_back().await.is_ok()
        {
            link.end_use();
        }
        Err(error)
    }

    /// Closes the connection and answers with a fresh one, which the turn keeps.
    pub(super) async fn renew(&mut self) -> Result<&mut Link, StoreError> {
        if self.writer.in_memory {
            self.link()?.roll_back().await?;
        } else {
            if let Some(link) = self.slot.take() {
                link.close().await;
            }
            let link = self.writer.reopen().await?;
            self.slot.insert(link).begin_use().await?;
        }
        self.link()
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.writer.in_memory {
            self.slot.take_if(|link| link.is_used());
        }
    }
}
