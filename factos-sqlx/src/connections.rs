//! Connections that are opened when they are needed, kept, and handed to one user after the other.
//!
//! A pool of sqlx's asks each connection whether it is alive, before and after each use: two more trips to it.

use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use factos_core::store::StoreError;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

/// What makes connections.
pub(crate) trait Opener: Send + Sync {
    /// A connection.
    type Link: Send;

    /// Connects.
    fn open(&self) -> impl Future<Output = Result<Self::Link, StoreError>> + Send;

    /// Whether a connection that was kept can be used here and now.
    fn can_use(&self, _link: &Self::Link) -> bool {
        true
    }
}

/// So many are kept at least, for users on several runtimes that cannot use each other's.
const FEW: usize = 4;

/// So many connections at most that are in use.
pub(crate) struct Connections<O: Opener> {
    opener: O,
    most: usize,
    max_wait: Duration,
    idle: Mutex<Vec<O::Link>>,
    permits: Semaphore,
}

impl<O: Opener> Connections<O> {
    pub(crate) fn new(opener: O, most: usize, max_wait: Duration) -> Self {
        let most = most.min(Semaphore::MAX_PERMITS);
        Self {
            opener,
            most,
            max_wait,
            idle: Mutex::default(),
            permits: Semaphore::new(most),
        }
    }

    /// Waits for a connection; the one that was used last comes first, as its caches are warm.
    pub(crate) async fn lease(&self) -> Result<Lease<'_, O>, StoreError> {
        let permit = match self.permits.try_acquire() {
            Ok(permit) => permit,
            Err(_) => match timeout(self.max_wait, self.permits.acquire()).await {
                Ok(Ok(permit)) => permit,
                _ => return Err(StoreError::NoConnection { most: self.most }),
            },
        };
        let kept = self.kept();
        let link = match kept {
            Some(link) => link,
            None => self.opener.open().await?,
        };
        Ok(Lease {
            connections: self,
            link,
            _permit: permit,
        })
    }

    fn kept(&self) -> Option<O::Link> {
        let mut idle = self.idle();
        let last = idle.iter().rposition(|link| self.opener.can_use(link))?;
        Some(idle.remove(last))
    }

    /// Keeps a connection for later. The one that nobody has used for longest makes room.
    pub(crate) fn keep(&self, link: O::Link) {
        let mut idle = self.idle();
        if idle.len() >= self.most.max(FEW) {
            idle.remove(0);
        }
        idle.push(link);
    }

    /// Drops the connections that nobody uses, which may have died with one that did.
    #[cfg(feature = "postgres")]
    pub(crate) fn forget(&self) {
        self.idle().clear();
    }

    fn idle(&self) -> MutexGuard<'_, Vec<O::Link>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to use a connection.
///
/// Dropped in the middle, it closes the connection: among those that are idle, its transaction would stay open until
/// somebody used it again.
pub(crate) struct Lease<'c, O: Opener> {
    connections: &'c Connections<O>,
    link: O::Link,
    _permit: SemaphorePermit<'c>,
}

impl<O: Opener> Lease<'_, O> {
    /// The connection.
    pub(crate) fn link(&mut self) -> &mut O::Link {
        &mut self.link
    }

    /// Ends a use that left no transaction open. Only then the connection is kept.
    pub(crate) fn finish(self) {
        self.connections.keep(self.link);
    }
}
