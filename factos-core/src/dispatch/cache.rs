//! The cache: the facts that commands were decided on, with their states.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use moka::sync::Cache as Entries;

use super::StateCache;
use super::entry::Entry;
use super::statistics::{Counters, Statistics};
use crate::error::LimitError;
use crate::facts::{AnyFact, Leaf};
use crate::observe;
use crate::store::{DynStore, StoreError};

/// An entry that has grown by more than one part in so many is weighed again.
const WEIGHED_AGAIN: u32 = 4;

/// The entries of a log, and what its facts were like in the past.
pub(crate) struct Cache {
    /// None when nothing is to be kept.
    entries: Option<Entries<AnyFact, Arc<Entry>>>,
    pasts: RwLock<HashMap<TypeId, Arc<Past>>>,
    store: Arc<dyn DynStore>,
    /// How often the log was found to be another one.
    others: AtomicU64,
    pub(crate) counters: Counters,
}

impl Cache {
    pub(crate) fn new(store: Arc<dyn DynStore>, options: StateCache) -> Self {
        let entries = (options.bytes > 0).then(|| {
            let weigh = |_: &AnyFact, entry: &Arc<Entry>| entry.weigh();
            Entries::builder()
                .max_capacity(options.bytes)
                .weigher(weigh)
                .time_to_idle(options.idle)
                .build()
        });
        Self {
            entries,
            pasts: RwLock::default(),
            store,
            others: AtomicU64::new(0),
            counters: Counters::default(),
        }
    }

    /// Whether nothing is kept from one dispatch to the next.
    pub(crate) fn is_off(&self) -> bool {
        self.entries.is_none()
    }

    /// The entry of a fact; a new one when it is not known.
    pub(crate) fn entry(&self, fact: AnyFact) -> Result<Arc<Entry>, LimitError> {
        let generation = self.generation();
        let Some(entries) = &self.entries else {
            return Ok(Arc::new(Entry::new(Leaf::new(fact)?, generation)));
        };
        if let Some(entry) = entries.get(&fact).filter(|entry| self.is_current(entry)) {
            return Ok(entry);
        }
        let new = Arc::new(Entry::new(Leaf::new(fact.clone())?, generation));
        let entry = entries
            .entry(fact.clone())
            .or_insert(new.clone())
            .into_value();
        if self.is_current(&entry) {
            return Ok(entry);
        }
        entries.insert(fact, new.clone());
        Ok(new)
    }

    /// Weighs entries again that have grown a lot.
    pub(crate) fn weigh(&self, used: &[Arc<Entry>]) {
        let Some(entries) = &self.entries else {
            return;
        };
        for entry in used {
            if entry.has_grown(WEIGHED_AGAIN) && entries.contains_key(&entry.leaf.fact) {
                entries.insert(entry.leaf.fact.clone(), entry.clone());
            }
        }
    }

    /// How often the log was found to be another one than it was, by whatever call: all that was known before is void.
    pub(crate) fn generation(&self) -> u64 {
        self.others.load(Ordering::Acquire) + self.store.info().resets()
    }

    /// Whether an entry is from after the log was last found to be another one than it was.
    pub(crate) fn is_current(&self, entry: &Entry) -> bool {
        entry.generation == self.generation()
    }

    /// A store has failed. Logs that were set back count themselves.
    pub(crate) fn doubt(&self, error: &StoreError) {
        match error {
            StoreError::AnotherLog(_) => {
                self.others.fetch_add(1, Ordering::AcqRel);
                observe::reset(error);
            }
            StoreError::Rewound { .. } | StoreError::Rewritten { .. } => observe::reset(error),
            _ => {}
        }
    }

    /// What is known of all facts of this one's function.
    pub(crate) fn past(&self, fact: &AnyFact) -> Arc<Past> {
        let known = self.pasts.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(past) = known.get(&fact.kind()) {
            return past.clone();
        }
        drop(known);
        let mut known = self.pasts.write().unwrap_or_else(PoisonError::into_inner);
        known.entry(fact.kind()).or_default().clone()
    }

    /// What has happened so far.
    pub(crate) fn statistics(&self) -> Statistics {
        let size = self.entries.as_ref().map_or((0, 0), |entries| {
            entries.run_pending_tasks();
            (entries.entry_count(), entries.weighted_size())
        });
        self.counters.read_off(size, self.generation())
    }
}

/// What the facts of one function were like lately.
#[derive(Debug, Default)]
pub(crate) struct Past {
    /// Had no events, when they were looked at first.
    pub(crate) empty: Share,
    /// Were changed by others, while their states were kept.
    pub(crate) outdated: Share,
}

impl Past {
    /// Whether the next one will probably have no events. An append that fails costs more than a read.
    pub(crate) fn is_usually_empty(&self) -> bool {
        self.empty.is_above(60)
    }

    /// Whether it is better to read what has come since before deciding: an append that fails keeps its whole group from
    /// being judged at once.
    pub(crate) fn is_often_outdated(&self) -> bool {
        self.outdated.is_above(20)
    }
}

/// How often something was so, the latest counting most.
#[derive(Debug, Default)]
pub(crate) struct Share(AtomicU32);

const ALWAYS: u32 = 1 << 16;
/// The weight of all that was before, against one of the latest.
const MEMORY: u32 = 8;

impl Share {
    fn is_above(&self, percent: u32) -> bool {
        self.0.load(Ordering::Relaxed) > ALWAYS / 100 * percent
    }

    /// It was so, or was not, once more. That two at the same time count as one does no harm.
    pub(crate) fn was(&self, so: bool) {
        let before = self.0.load(Ordering::Relaxed);
        let latest = if so { ALWAYS } else { 0 };
        let after = (before * (MEMORY - 1) + latest) / MEMORY;
        self.0.store(after, Ordering::Relaxed);
    }
}
