//! The stores keep the contract that every store must keep.

use std::time::Duration;

use factos_core::LogName;
use factos_core::testing::contract::{StoreFixture, store_contract};
use factos_sqlx::{SqliteOptions, SqliteStore};
use tempfile::TempDir;

/// An SQLite file in a directory of its own.
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

store_contract!(SqliteFile::new());
