//! Stores that are away for a while, that were set back, and that never tell of anything.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use factos::store::{
    Answer, Cause, DecideLocked, EventStore, Group, LogInfo, ReadRequest, Refusal, Settled,
    Snapshot,
};
use factos::{AnyConnection, AppendId, MemoryStore};

use super::watching::seats_taken;
use super::*;

/// A log in memory, behind a store that fails when it is told to.
#[derive(Clone, Default)]
struct Failing {
    memory: MemoryStore,
    /// So many reads fail.
    away: Arc<AtomicU32>,
    /// Reads see the log as it was before its first event.
    is_set_back: Arc<AtomicBool>,
}

impl EventStore for Failing {
    type Connection = AnyConnection;

    async fn append(&self, group: Group) -> Result<Vec<Result<Answer, Refusal>>, StoreError> {
        EventStore::append(&self.memory, group).await
    }

    async fn read(&self, request: ReadRequest) -> Result<Snapshot, StoreError> {
        let one_less = |left: u32| left.checked_sub(1);
        let away = self
            .away
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less);
        if away.is_ok() {
            let cause: Cause = Arc::from(Box::<dyn std::error::Error + Send + Sync>::from("away"));
            return Err(StoreError::Unavailable(cause));
        }
        if self.is_set_back.load(Ordering::SeqCst) {
            let parts = vec![Vec::new(); request.parts.len()];
            return Ok(Snapshot {
                parts,
                ..Snapshot::default()
            });
        }
        Ok(self.memory.read_now(&request))
    }

    async fn locked(
        &self,
        request: ReadRequest,
        decide: DecideLocked,
    ) -> Result<Option<Result<Answer, Refusal>>, StoreError> {
        EventStore::locked(&self.memory, request, decide).await
    }

    async fn settle(&self, append_id: AppendId) -> Result<Settled, StoreError> {
        EventStore::settle(&self.memory, append_id).await
    }

    fn info(&self) -> &LogInfo {
        self.memory.info()
    }
}

#[tokio::test]
async fn a_store_that_is_away_is_waited_for() {
    let store = Failing::default();
    let log = EventLog::new(store.clone());
    log.append([taken("a", 1)]).await.expect("an append");
    store.away.store(2, Ordering::SeqCst);
    let mut seats = log.subscribe(rooms()).decoded();
    assert_eq!(seat(&next(&mut seats).await).0, 1);
    let mut watched = log.watch(seats_taken("a")).await.expect("a read");

    store.away.store(3, Ordering::SeqCst);
    log.append([taken("a", 2)]).await.expect("an append");
    assert_eq!(seat(&next(&mut seats).await).0, 2);
    store.away.store(3, Ordering::SeqCst);
    let changed = timeout(SOON, watched.changed()).await.expect("in time");
    assert_eq!(*changed.expect("no error"), 2);
    assert_eq!(store.away.load(Ordering::SeqCst), 0, "it was tried again");
}

#[tokio::test(start_paused = true)]
async fn a_log_that_was_set_back_is_not_followed_silently() {
    let store = Failing::default();
    let log = EventLog::new(store.clone());
    let appended = store
        .memory
        .append_now(&Group::single(support::append([support::event(
            "SeatTaken",
            &["room:a"],
        )])));
    assert!(appended.iter().all(Result::is_ok));
    let mut events = log.subscribe(Query::all()).stored();
    next(&mut events).await;
    let mut watched = log.watch(all_types()).await.expect("a read");

    store.is_set_back.store(true, Ordering::SeqCst);
    let noticed = error(&mut events).await;
    assert!(
        matches!(noticed, ReadError::Store(StoreError::Rewound { .. })),
        "{noticed:?}"
    );
    let noticed = watched.changed().await;
    assert!(
        matches!(noticed, Err(ReadError::Store(StoreError::Rewound { .. }))),
        "{noticed:?}"
    );
    // From then on it is taken as it is.
    assert_eq!(watched.changed().await.expect("a read"), &0);
}

#[fact(all)]
fn all_types(seen: u32, _event: &Anything) -> u32 {
    seen + 1
}

#[derive(Debug, Serialize, Deserialize, Event)]
#[event(name = "SeatTaken")]
struct Anything {}

/// What others append is not told: it is found by looking.
#[tokio::test]
async fn a_wake_up_that_is_lost_is_made_up_for() {
    let store = Failing::default();
    let log = EventLog::new(store.clone());
    let mut events = log.subscribe(Query::all()).stored();
    let appended = store
        .memory
        .append_now(&Group::single(support::append([support::event("A", &[])])));
    assert!(appended.iter().all(Result::is_ok));
    next(&mut events).await;

    // The log is not informed.
    let silent = Failing {
        memory: store.memory.clone(),
        ..Failing::default()
    };
    silent
        .append(Group::single(support::append([support::event("B", &[])])))
        .await
        .expect("an append");
    let found = next(&mut events).await;
    assert_eq!(found.event_type.as_str(), "B");
}
