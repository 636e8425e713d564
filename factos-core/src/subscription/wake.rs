//! Waiting until there may be something new.

use std::sync::Arc;

use tokio::time::{Instant, timeout_at};

use super::following::{Following, LOOK_AGAIN};
use crate::log::EventLog;
use crate::position::Position;
use crate::store::HeadWatch;

/// Tells when to look at a log.
pub(crate) struct Wake {
    head: HeadWatch,
    /// When it is looked without having been told to: a wake-up is a hint, and may get lost.
    look_at: Option<Instant>,
    _following: Option<Arc<Following>>,
}

impl Wake {
    pub(crate) fn new<C>(log: &EventLog<C>) -> Self {
        Self {
            head: log.info().watch(),
            look_at: None,
            _following: log.follow(),
        }
    }

    /// Waits until the log may reach beyond a position. It may be dropped at any time, and asked again.
    pub(crate) async fn beyond(&mut self, position: Position) {
        let look_at = *self
            .look_at
            .get_or_insert_with(|| Instant::now() + LOOK_AGAIN);
        let _ = timeout_at(look_at, self.head.beyond(position)).await;
        self.look_at = None;
    }

    /// The same, and never looks: for a planted fault.
    pub(crate) async fn told_beyond(&mut self, position: Position) {
        self.head.beyond(position).await;
    }
}
