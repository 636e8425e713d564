//! Runs clients in one process, and has what they wrote down checked.

use factos::{EventLog, LogOptions, Query, StateCache};
use futures_util::TryStreamExt;
use tokio::task::JoinSet;

use crate::checker::{Checker, Counts, Verdict};
use crate::client::{Client, settle};
use crate::disturbed::history::History;
use crate::disturbed::records::{path, read};
use crate::disturbed::store::Store;
use crate::record::{Record, Recorder};
use crate::work::Mix;

/// How much a log remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cache {
    /// As much as by default.
    Large,
    /// Nothing.
    Off,
    /// A few states: others take their places all the time.
    Tiny,
}

impl Cache {
    pub fn options(self) -> LogOptions {
        let options = LogOptions::default();
        match self {
            Self::Large => options,
            Self::Off => options.state_cache(StateCache::off()),
            Self::Tiny => options.state_cache(StateCache::bytes(2_000)),
        }
    }
}

impl History {
    /// Runs tasks on each of these handles of one log, which make so many calls each.
    pub async fn run_here(&self, logs: &[EventLog], mix: Mix, tasks: u64, calls: u64) {
        let mut clients = JoinSet::new();
        for (n, log) in (0..).zip(logs) {
            let seed = self.seed.wrapping_add(n.into());
            let file = path(self.directory().path(), "client", n);
            let records = Recorder::create(&file, &Record::Started { seed });
            let client = Client::new(log.clone(), records, mix, calls);
            clients.spawn(client.run(tasks, seed));
        }
        clients.join_all().await;
    }

    /// Settles what nobody knows, and checks all records against the log.
    pub async fn check(&self, store: &Store) -> Verdict {
        let mut checker = Checker::default();
        for file in self.records() {
            checker.records(read(&file));
        }
        let log = EventLog::new(store.clone());
        let unknown: Vec<(u64, u128)> = checker.unknown().collect();
        for (call, append) in unknown {
            checker.records([settle(&log, call, append).await]);
        }
        checker.begin_log();
        let mut events = log.events(Query::all()).stored();
        while let Some(event) = events.try_next().await.expect("a read") {
            checker.event(event);
        }
        checker.finish()
    }

    /// The same, and fails when a rule is broken; then the records are kept.
    pub async fn check_all(self, store: &Store) -> Counts {
        let verdict = self.check(store).await;
        eprintln!("history: {:?}", verdict.counts);
        self.expect_sound(&verdict.found);
        verdict.counts
    }
}
