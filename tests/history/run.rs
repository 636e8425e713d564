//! Runs clients and readers in one process, and has what they wrote down checked.

use factos::{EventLog, Fault, Position, Query};
use futures_util::TryStreamExt;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::checker::{Checker, Counts, Verdict};
use crate::client::Client;
use crate::disturbed::history::History;
use crate::disturbed::records::{path, read};
use crate::disturbed::store::Store;
use crate::reader::Reader;
use crate::record::{Record, Recorder};
use crate::shape::Shape;

impl History {
    /// Runs tasks on each of these handles of one log, and readers beside them.
    pub async fn run_here(&self, stores: &[Store], tasks: u64, calls: u64) {
        self.run_here_with(None, stores, tasks, calls).await;
    }

    /// The same with readers whose subscriptions have a fault.
    pub async fn run_here_with(
        &self,
        fault: Option<Fault>,
        stores: &[Store],
        tasks: u64,
        calls: u64,
    ) {
        let (tell_end, end) = watch::channel(None);
        let (mut clients, mut readers) = (JoinSet::new(), JoinSet::new());
        for (n, store) in (0..).zip(stores) {
            let seed = self.seed.wrapping_add(n.into());
            let records = recorder(self, "client", n, seed);
            clients.spawn(Client::new(store.clone(), records, calls).run(tasks, seed));
            for (query, kind) in [(Query::all(), "all"), (Shape::seeded(seed).query(), "some")] {
                let name = format!("reader-{kind}-{n}");
                let reader = Reader {
                    records: recorder(self, &name, 0, seed),
                    store: store.clone(),
                    query,
                    at: Position::START,
                    event: None,
                    fault,
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
        for file in self.records() {
            checker.records(read(&file));
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

fn recorder(history: &History, name: &str, number: u32, seed: u64) -> Recorder {
    let path = path(history.directory().path(), name, number);
    Recorder::create(&path, &Record::Started { seed })
}
