//! The stores keep the contract that every store must keep.

use std::collections::HashMap;
#[cfg(feature = "postgres")]
use std::sync::LazyLock;
use std::time::Duration;

use factos_core::LogName;
use factos_core::testing::contract::{StoreFixture, store_contract};
#[cfg(feature = "postgres")]
use factos_sqlx::{Lock, PostgresOptions, PostgresStore};
use factos_sqlx::{SqliteOptions, SqliteStore};
#[cfg(feature = "postgres")]
use factos_test_server::{PgBouncer, PoolMode, Server, Settings, database_name};
use tempfile::TempDir;
use tokio::sync::Mutex;

/// A busy machine must not make a test fail.
const PATIENCE: Duration = Duration::from_mins(1);

mod sqlite {
    use super::*;

    store_contract!(SqliteFile::new());
}

mod sqlite_in_memory {
    use super::*;

    store_contract!(SqliteInMemory::default());
}

#[cfg(feature = "postgres")]
mod postgres {
    use super::*;

    store_contract!(Postgres::with(Lock::Advisory));
}

#[cfg(feature = "postgres")]
mod postgres_by_row_lock {
    use super::*;

    store_contract!(Postgres::with(Lock::Row));
}

#[cfg(feature = "postgres")]
mod postgres_through_pgbouncer {
    use super::*;

    store_contract!(Pooled::new());
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
            .max_wait(PATIENCE);
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

/// A database of the tests' server.
#[cfg(feature = "postgres")]
struct Postgres {
    url: String,
    lock: Lock,
}

#[cfg(feature = "postgres")]
impl Postgres {
    fn with(lock: Lock) -> Self {
        let url = Server::shared().database();
        Self { url, lock }
    }
}

#[cfg(feature = "postgres")]
impl StoreFixture for Postgres {
    type Store = PostgresStore;

    async fn open(&self, log: LogName) -> PostgresStore {
        let options = PostgresOptions::from_url(&self.url).expect("a URL");
        let options = options.log(log).lock(self.lock).max_wait(PATIENCE);
        options.open().await.expect("the server answers")
    }
}

/// A database behind a pooler, which hands its few sessions out for a transaction at a time.
#[cfg(feature = "postgres")]
struct Pooled(String);

#[cfg(feature = "postgres")]
static POOLER: LazyLock<(Server, PgBouncer)> = LazyLock::new(|| {
    let server = Server::start(Settings::new());
    let pooler = PgBouncer::start(&server, PoolMode::Transaction);
    (server, pooler)
});

#[cfg(feature = "postgres")]
impl Pooled {
    fn new() -> Self {
        let (server, pooler) = &*POOLER;
        let url = server.database();
        Self(pooler.url(database_name(&url)))
    }
}

#[cfg(feature = "postgres")]
impl StoreFixture for Pooled {
    type Store = PostgresStore;

    async fn open(&self, log: LogName) -> PostgresStore {
        let options = PostgresOptions::from_url(&self.0).expect("a URL");
        let options = options.through_pooler().log(log).max_wait(PATIENCE);
        options.open().await.expect("the pooler answers")
    }
}
