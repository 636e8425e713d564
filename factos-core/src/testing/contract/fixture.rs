//! What a store brings along to be tested: a fresh database, and handles of the logs in it.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::memory::MemoryStore;
use crate::name::LogName;
use crate::store::EventStore;

/// One fresh database, in which each test of the kit opens the logs that it needs.
///
/// A method that cannot do what it is for panics: the test fails then, and shows why.
///
/// ```
/// use factos_core::testing::contract::StoreFixture;
/// use factos_core::{LogName, MemoryStore};
/// # use std::collections::HashMap;
/// # use std::sync::Mutex;
///
/// /// For a store with a server: a URL, and whatever drops the database when the test ends.
/// #[derive(Default)]
/// struct InMemory(Mutex<HashMap<LogName, MemoryStore>>);
///
/// impl StoreFixture for InMemory {
///     type Store = MemoryStore;
///
///     async fn open(&self, log: LogName) -> MemoryStore {
///         let mut logs = self.0.lock().expect("no test has panicked here");
///         logs.entry(log).or_insert_with_key(|name| MemoryStore::named(name.clone())).clone()
///     }
///
///     fn is_durable(&self) -> bool {
///         false
///     }
/// }
/// ```
pub trait StoreFixture {
    /// The store that is tested.
    type Store: EventStore;

    /// Opens a log of the fixture's database, and makes it if it is not there yet.
    ///
    /// Opened again under the same name, it is another handle of the same log, as another process would have it: it
    /// shares the database with the first one, and nothing else if the store can do without.
    fn open(&self, log: LogName) -> impl Future<Output = Self::Store>;

    /// Ends what runs besides the test's handles, and begins again: a server, for instance. Called when the test has
    /// dropped all handles, before it opens the log again. Nothing, unless it is written.
    fn restart(&self) -> impl Future<Output = ()> {
        async {}
    }

    /// Takes the database away, however the test ended: only needed where dropping the fixture does not. Nothing, unless
    /// it is written.
    fn close(self) -> impl Future<Output = ()>
    where
        Self: Sized,
    {
        async {}
    }

    /// Whether what was acknowledged outlives all handles and a [`restart`](Self::restart). `true`, unless it is
    /// written.
    fn is_durable(&self) -> bool {
        true
    }

    /// How long a test waits for a call before it says that the call hangs: much longer than a busy machine takes. A
    /// minute, unless it is written.
    fn patience(&self) -> Duration {
        Duration::from_mins(1)
    }
}

/// Logs in this process's memory: the fixture of [`MemoryStore`].
///
/// All handles of a log are clones of one store.
#[derive(Debug, Default)]
pub struct MemoryFixture(Mutex<HashMap<LogName, MemoryStore>>);

impl StoreFixture for MemoryFixture {
    type Store = MemoryStore;

    async fn open(&self, log: LogName) -> MemoryStore {
        let mut logs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || MemoryStore::named(log.clone());
        logs.entry(log.clone()).or_insert_with(new).clone()
    }

    fn is_durable(&self) -> bool {
        false
    }
}
