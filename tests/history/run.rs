//! Runs clients and readers in one process, and has what they wrote down checked.

use std::path::PathBuf;

use factos::{EventLog, Query};
use futures_util::TryStreamExt;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::checker::{Checker, Counts, Verdict};
use crate::client::Client;
use crate::reader::Reader;
use crate::record::{Recorder, path, read};
use crate::shape::Shape;
use crate::store::Store;

/// A history in the making: its seed, and the directory of its records.
pub struct History {
    pub seed: u64,
    directory: tempfile::TempDir,
}

impl History {
    /// With the seed that `FACTOS_HISTORY_SEED` says, or a new one.
    pub fn begin() -> Self {
        let said = std::env::var("FACTOS_HISTORY_SEED");
        let seed = said.map_or_else(
            |_| fastrand::u64(..),
            |seed| seed.parse().expect("a number"),
        );
        Self {
            seed,
            directory: tempfile::tempdir().expect("a directory"),
        }
    }

    /// Where the records are, and the log if it is a file.
    pub fn directory(&self) -> &tempfile::TempDir {
        &self.directory
    }

    /// Runs tasks on each of these handles of one log, and a reader beside them.
    pub async fn run_here(&self, stores: &[Store], tasks: u64, calls: u64) {
        let (tell_end, end) = watch::channel(None);
        let (mut clients, mut readers) = (JoinSet::new(), JoinSet::new());
        for (n, store) in (0..).zip(stores) {
            let seed = self.seed.wrapping_add(n.into());
            let records = Recorder::create(&path(self.directory.path(), "client", n), seed);
            clients.spawn(Client::new(store.clone(), records, calls).run(tasks, seed));
            for (query, kind) in [(Query::all(), "all"), (Shape::seeded(seed).query(), "some")] {
                let name = format!("reader-{kind}-{n}");
                let reader = Reader {
                    records: Recorder::create(&path(self.directory.path(), &name, 0), seed),
                    store: store.clone(),
                    query,
                    at: factos::Position::START,
                    name,
                };
                readers.spawn(reader.follow(Shape::seeded(seed), end.clone()));
            }
        }
        clients.join_all().await;
        let head = EventLog::new(stores[0].clone())
            .head()
            .await
            .expect("a read");
        tell_end.send_replace(Some(head));
        readers.join_all().await;
    }

    /// Checks all records against the log.
    pub async fn check(&self, store: &Store) -> Verdict {
        let mut checker = Checker::default();
        let log = EventLog::new(store.clone());
        let mut events = log.events(Query::all()).stored();
        while let Some(event) = events.try_next().await.expect("a read") {
            checker.event(&event);
        }
        let files = std::fs::read_dir(self.directory.path()).expect("the directory is there");
        let mut files: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
        files.retain(|file| file.extension().is_some_and(|end| end == "records"));
        files.sort_unstable();
        for file in &files {
            checker.records(read(file));
        }
        checker.finish()
    }

    /// The same, and fails when a rule is broken; then the records are kept.
    pub async fn check_all(self, store: &Store) -> Counts {
        let verdict = self.check(store).await;
        eprintln!("history: {:?}", verdict.counts);
        if verdict.found.count > 0 {
            let (kept, found) = (self.directory.keep(), verdict.found);
            let kept = kept.display();
            panic!("seed {}, records in {kept}: {found}", self.seed);
        }
        verdict.counts
    }
}
