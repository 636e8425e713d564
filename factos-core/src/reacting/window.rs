//! The events that are being handled, and those behind them that are done already.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use crate::checkpoint::Checkpoint;
use crate::event::StoredEvent;
use crate::position::Position;
use crate::subscription::Batch;

/// Events in the order of the log, until all in front of them are done.
#[derive(Debug)]
pub(super) struct Window {
    entries: VecDeque<Entry>,
    /// The keys of which an event is being handled.
    keys: HashSet<String>,
    running: usize,
    /// Everything up to here is done.
    at: Checkpoint,
}

#[derive(Debug)]
struct Entry {
    event: Option<Arc<StoredEvent>>,
    key: Option<String>,
    state: State,
    /// How far the log is handled once this and all in front of it is done.
    to: Checkpoint,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    Done,
}

impl Window {
    pub(super) fn new(at: Checkpoint) -> Self {
        Self {
            entries: VecDeque::new(),
            keys: HashSet::new(),
            running: 0,
            at,
        }
    }

    /// Everything up to here is done.
    pub(super) fn at(&self) -> Checkpoint {
        self.at
    }

    /// How many events are in it.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Adds what was read.
    pub(super) fn add<'k>(
        &mut self,
        batch: Batch,
        order_key: impl Fn(&StoredEvent) -> Option<String> + 'k,
    ) {
        let last = batch.events.last().map(|event| event.position);
        if last.is_none() {
            self.entries.push_back(Entry {
                event: None,
                key: None,
                state: State::Done,
                to: batch.checkpoint,
            });
        }
        for event in batch.events {
            let to = if Some(event.position) == last {
                batch.checkpoint
            } else {
                batch.checkpoint.at(event.position, Some(event.id))
            };
            self.entries.push_back(Entry {
                key: order_key(&event),
                event: Some(Arc::new(event)),
                state: State::Waiting,
                to,
            });
        }
        self.move_on();
    }

    /// The next event to be handled, as long as so many at most are: the first one of whose key none is.
    pub(super) fn start(&mut self, most: usize) -> Option<Arc<StoredEvent>> {
        if self.running >= most {
            return None;
        }
        let keys = &self.keys;
        let is_free = |key: &String| !keys.contains(key);
        let next = self.entries.iter_mut().find(|entry| {
            entry.state == State::Waiting && entry.key.as_ref().is_none_or(is_free)
        })?;
        next.state = State::Running;
        self.running += 1;
        self.keys.extend(next.key.clone());
        next.event.clone()
    }

    /// The event at this position is done.
    pub(super) fn done(&mut self, position: Position) {
        let is_it = |entry: &&mut Entry| {
            entry.state == State::Running
                && entry
                    .event
                    .as_ref()
                    .is_some_and(|event| event.position == position)
        };
        if let Some(entry) = self.entries.iter_mut().find(is_it) {
            entry.state = State::Done;
            self.running -= 1;
            if let Some(key) = &entry.key {
                self.keys.remove(key);
            }
        }
        self.move_on();
    }

    fn move_on(&mut self) {
        while let Some(entry) = self
            .entries
            .pop_front_if(|entry| entry.state == State::Done)
        {
            self.at = entry.to;
        }
    }
}
