//! The stores keep the contract that every store must keep.

use std::collections::HashMap;
use std::time::Duration;

use factos_core::LogName;
use factos_core::testing::contract::{StoreFixture, store_contract};
use factos_sqlx::{SqliteOptions, SqliteStore};
use tempfile::TempDir;
use tokio::sync::Mutex;

mod sqlite {
    use super::*;

    store_contract!(SqliteFile::new());
}

mod sqlite_in_memory {
    use super::*;

    store_contract!(SqliteInMemory::default());
}

/// A file in a directory of its own.
struct SqliteFile(TempDir);

impl SqliteFile {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }
}

impl StoreFixture for SqliteFile {
    type Store = SqliteStore;

    async fn open(&self, log: LogName) -> SqliteStore {
        let options = SqliteOptions::from_path(self.0.path().join("log.db"))
            .log(log)
            // A busy machine must not make a test fail.
            .max_wait(Duration::from_mins(1));
        options.open().await.expect("the file opens")
    }
}

/// Databases that live and die with their store: a log has one of its own, and one connection to it.
#[derive(Default)]
struct SqliteInMemory(Mutex<HashMap<LogName, SqliteStore>>);

impl StoreFixture for SqliteInMemory {
    type Store = SqliteStore;

    async fn open(&self, log: LogName) -> SqliteStore {
        let mut logs = self.0.lock().await;
        if let Some(store) = logs.get(&log) {
            return store.clone();
        }
        let options = SqliteOptions::from_url("sqlite::memory:").expect("a URL");
        let store = options.log(log.clone()).open().await.expect("it opens");
        logs.entry(log).or_insert(store).clone()
    }

    fn is_durable(&self) -> bool {
        false
    }
}
