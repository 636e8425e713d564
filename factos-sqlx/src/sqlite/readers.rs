//! The readers: a few connections that read, opened when they are needed and kept.
//!
//! A pool of sqlx's asks each connection whether it is alive, before and after each use: two more trips to its thread.

use std::sync::{Mutex, MutexGuard, PoisonError};

use factos_core::store::StoreError;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::error::cause;
use super::link::{Link, Opener};

/// Connections that read.
pub(super) struct Readers {
    opener: Opener,
    idle: Mutex<Vec<Link>>,
    permits: Semaphore,
}

impl Readers {
    pub(super) fn new(opener: Opener, most: usize) -> Self {
        Self {
            opener,
            idle: Mutex::default(),
            permits: Semaphore::new(most),
        }
    }

    /// Waits for a connection; the one that was used last comes first, as its caches are warm.
    pub(super) async fn reader(&self) -> Result<Reader<'_>, StoreError> {
        let permit = self.permits.acquire().await.ok();
        loop {
            let idle = self.idle().pop();
            let (mut link, fresh) = match idle {
                Some(link) => (link, false),
                None => (self.opener.open().await?, true),
            };
            match link.begin_use().await {
                Ok(()) => {
                    return Ok(Reader {
                        readers: self,
                        link: Some(link),
                        _permit: permit,
                    });
                }
                Err(error) if fresh => return Err(error),
                Err(_) => {}
            }
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Link>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to use a connection that reads. Dropped in the middle, the next one ends what was left open.
pub(super) struct Reader<'r> {
    readers: &'r Readers,
    link: Option<Link>,
    _permit: Option<SemaphorePermit<'r>>,
}

impl Reader<'_> {
    /// The connection.
    pub(super) fn link(&mut self) -> Result<&mut Link, StoreError> {
        let lost = || StoreError::Unavailable(cause("the connection was closed"));
        self.link.as_mut().ok_or_else(lost)
    }

    /// Ends the use after a script that ended its own transaction.
    pub(super) fn finish(mut self) {
        if let Some(link) = &mut self.link {
            link.end_use();
        }
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        self.readers.idle().extend(self.link.take());
    }
}
