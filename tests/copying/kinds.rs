//! The stores between which logs are copied.

use std::sync::LazyLock;

use factos::postgres::{PostgresOptions, PostgresStore};
use factos::sqlite::{SqliteOptions, SqliteStore, Synchronous};
use factos::store::EventStore;
use factos::{AppendId, LogName, MemoryStore};
use factos_test_server::Server;
use tempfile::TempDir;

/// A store that tests can make, with an empty log in it.
pub trait Kind: Sized {
    type Store: EventStore + Clone;

    /// Somewhere new.
    async fn new() -> Self;

    /// The log there: the same one each time.
    async fn open(&self) -> Self::Store;
}

pub struct Memory(MemoryStore);

impl Kind for Memory {
    type Store = MemoryStore;

    async fn new() -> Self {
        Self(MemoryStore::new())
    }

    async fn open(&self) -> MemoryStore {
        self.0.clone()
    }
}

pub struct Sqlite(TempDir);

impl Kind for Sqlite {
    type Store = SqliteStore;

    async fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    async fn open(&self) -> SqliteStore {
        let options = SqliteOptions::from_path(self.0.path().join("log.db"));
        let store = options.synchronous(Synchronous::Normal).open().await;
        store.expect("the file opens")
    }
}

/// A log of its own in the database that all of them share.
pub struct Postgres(LogName);

impl Kind for Postgres {
    type Store = PostgresStore;

    async fn new() -> Self {
        Self(LogName::new(AppendId::new().to_string()).expect("a short name"))
    }

    async fn open(&self) -> PostgresStore {
        let options = PostgresOptions::from_url(database()).expect("a URL");
        let store = options.log(self.0.clone()).open().await;
        store.expect("the server answers")
    }
}

fn database() -> &'static str {
    static DATABASE: LazyLock<String> = LazyLock::new(|| Server::shared().database());
    &DATABASE
}
