//! The stores between which logs are copied.

use factos::MemoryStore;
use factos::sqlite::{SqliteOptions, SqliteStore, Synchronous};
use factos::store::EventStore;
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
