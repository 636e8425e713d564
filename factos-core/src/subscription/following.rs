//! Keeps the log informed of what others append, while somebody follows it.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::commit::Committer;

/// How often whoever follows the log looks without having been told to.
pub(super) const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Those who follow a log.
#[derive(Debug, Default)]
pub(crate) struct Followers(Mutex<Weak<Following>>);

/// While one of these is kept, the store looks for what others append.
#[derive(Debug)]
pub(crate) struct Following(JoinHandle<()>);

impl Drop for Following {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Followers {
    /// Joins them. `None` when the log's thread cannot be started: then nothing is told, and followers look by themselves.
    pub(crate) fn join(&self, committer: &Committer) -> Option<Arc<Following>> {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(following) = running.upgrade().filter(|it| !it.0.is_finished()) {
            return Some(following);
        }
        let following = Arc::new(Following(committer.follow()?));
        *running = Arc::downgrade(&following);
        Some(following)
    }
}
