//! Statistics: what a log's dispatcher has done since the log was opened.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a log's dispatcher has done since the log was opened. See [`EventLog::statistics`](crate::EventLog::statistics).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// Facts whose states are in memory.
    pub cached_facts: u64,
    /// About how many bytes they take.
    pub cached_bytes: u64,
    /// Facts that commands asked for in their rounds and that were known.
    pub known: u64,
    /// Facts that were taken for empty without a look, as those before them were.
    pub assumed: u64,
    /// Those of them that were not empty: the command was decided again.
    pub assumed_wrongly: u64,
    /// Facts that were read from the store.
    pub read: u64,
    /// Rounds that came to nothing because a state was out of date or too little was known of it.
    pub outdated: u64,
    /// Rounds that commands have lost to other processes.
    pub lost_rounds: u64,
    /// Decisions that were made while the log's lock was held.
    pub locked: u64,
    /// Deciders that took longer than 10 milliseconds, while all others waited.
    pub slow_decisions: u64,
    /// Deciders and folds that panicked.
    pub panics: u64,
    /// How often the log was found to be another one than it was, and all that was known of it was dropped.
    pub resets: u64,
}

/// The same, while it is counted.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) known: Counter,
    pub(crate) assumed: Counter,
    pub(crate) assumed_wrongly: Counter,
    pub(crate) read: Counter,
    pub(crate) outdated: Counter,
    pub(crate) lost_rounds: Counter,
    pub(crate) locked: Counter,
    pub(crate) slow_decisions: Counter,
    pub(crate) panics: Counter,
}

#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn one_more(&self) {
        self.add(1);
    }

    pub(crate) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Counters {
    pub(crate) fn read_off(
        &self,
        (cached_facts, cached_bytes): (u64, u64),
        resets: u64,
    ) -> Statistics {
        Statistics {
            cached_facts,
            cached_bytes,
            known: self.known.get(),
            assumed: self.assumed.get(),
            assumed_wrongly: self.assumed_wrongly.get(),
            read: self.read.get(),
            outdated: self.outdated.get(),
            lost_rounds: self.lost_rounds.get(),
            locked: self.locked.get(),
            slow_decisions: self.slow_decisions.get(),
            panics: self.panics.get(),
            resets,
        }
    }
}
