//! The readers: a few connections that read, opened when they are needed and kept.
//!
//! A pool of sqlx's asks each connection whether it is alive, before and after each use: two more trips to its thread.

use std::sync::{Mutex, MutexGuard, PoisonError};

use factos_core::store::StoreError;
use tokio::sync::{Semaphore, SemaphorePermit};

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
        let idle = self.idle().pop();
        let link = match idle {
            Some(link) => link,
            None => self.opener.open().await?,
        };
        Ok(Reader {
            readers: self,
            link,
            _permit: permit,
        })
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Link>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to use a connection that reads.
///
/// Dropped in the middle, it closes the connection: in the list of those that are idle, its transaction would stay open
/// until somebody used it again, and the file's WAL would grow until then.
pub(super) struct Reader<'r> {
    readers: &'r Readers,
    link: Link,
    _permit: Option<SemaphorePermit<'r>>,
}

impl Reader<'_> {
    /// The connection.
    pub(super) fn link(&mut self) -> &mut Link {
        &mut self.link
    }

    /// Ends the use after a script that ended its own transaction. Only then the connection is kept.
    pub(super) fn finish(self) {
        self.readers.idle().push(self.link);
    }
}
