//! What a store says about its log: name, identity, and when there is something new.

use tokio::sync::watch;

use crate::id::LogId;
use crate::name::LogName;
use crate::position::Position;
use crate::store::StoreError;

/// The name and identity of a log, and the head that this process has last seen.
#[derive(Debug)]
pub struct LogInfo {
    name: LogName,
    identity: LogId,
    head: watch::Sender<Position>,
}

impl LogInfo {
    /// What a store keeps about its log.
    pub fn new(name: LogName, identity: LogId) -> Self {
        Self {
            name,
            identity,
            head: watch::Sender::new(Position::START),
        }
    }

    /// The log's name.
    pub fn name(&self) -> &LogName {
        &self.name
    }

    /// The identity it was given when it was created.
    pub fn identity(&self) -> LogId {
        self.identity
    }

    /// How far this process has seen the log reach.
    pub fn head(&self) -> Position {
        *self.head.borrow()
    }

    /// Compares the head that a store has found with the one that was known before it looked. A log that ends earlier now
    /// was restored to an earlier state: that is told once, and from then on it is taken as it is.
    ///
    /// # Errors
    /// [`StoreError::Rewound`], before anything is written.
    pub fn compare(&self, seen: Position, head: Position) -> Result<(), StoreError> {
        if head >= seen {
            return Ok(());
        }
        self.head.send_replace(head);
        Err(StoreError::Rewound { seen, head })
    }

    /// Tells this process that the log reaches `head` now. Called by the store, after the commit.
    pub fn announce(&self, head: Position) {
        self.head.send_if_modified(|known| {
            let newer = head > *known;
            *known = head.max(*known);
            newer
        });
    }

    /// Follows what this process sees of the head. It is a hint to read, never a checkpoint.
    pub fn watch(&self) -> HeadWatch {
        HeadWatch(self.head.subscribe())
    }
}

/// Wakes up when this process learns of new events.
#[derive(Debug, Clone)]
pub struct HeadWatch(watch::Receiver<Position>);

impl HeadWatch {
    /// Waits until the log is known to reach beyond `position`, and answers how far. `None` when the store is gone.
    pub async fn beyond(&mut self, position: Position) -> Option<Position> {
        self.0
            .wait_for(|head| *head > position)
            .await
            .ok()
            .map(|head| *head)
    }
}
