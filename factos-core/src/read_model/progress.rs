//! What this process knows of how far its consumers have come.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::position::Position;

type Versions = HashMap<(String, u32), watch::Sender<Position>>;

/// How far the consumers of this process have come. A hint for whoever waits for one: what counts is the checkpoint.
#[derive(Debug, Default)]
pub struct Progress(Mutex<Versions>);

impl Progress {
    /// Tells that a version of a consumer has come so far.
    pub(crate) fn announce(&self, name: &str, version: u32, position: Position) {
        self.of(name, version).send_if_modified(|known| {
            let moved = *known != position;
            *known = position;
            moved
        });
    }

    /// Follows a version of a consumer.
    pub(crate) fn watch(&self, name: &str, version: u32) -> watch::Receiver<Position> {
        self.of(name, version).subscribe()
    }

    fn of(&self, name: &str, version: u32) -> watch::Sender<Position> {
        let mut versions = self.versions();
        versions
            .entry((name.to_owned(), version))
            .or_insert_with(|| watch::Sender::new(Position::START))
            .clone()
    }

    fn versions(&self) -> MutexGuard<'_, Versions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
