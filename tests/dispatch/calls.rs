//! Calls that are late, dropped, repeated, or meet a store that fails.

use super::*;
use support::sqlite_url;

#[tokio::test]
async fn a_store_that_does_not_answer_a_read_is_a_timeout() {
    let mut store = with_seats(1);
    store.after_read = never();
    let late = store.log().dispatch(TakeSeat("a")).timeout(SOON).await;
    assert!(
        matches!(late, Err(DispatchError::Timeout { operation: "read" })),
        "{late:?}"
    );
    assert_eq!(store.stored(), 1);
}

#[tokio::test]
async fn an_append_that_is_not_answered_is_settled_by_its_id() {
    let mut store = with_seats(2);
    store.after_append = never();
    let log = store.log();
    let late = log.dispatch(TakeSeat("a")).timeout(SOON).await;
    let Err(DispatchError::OutcomeUnknown { append_id, .. }) = late else {
        panic!("{late:?}")
    };
    let settled = log.settle(append_id).await.expect("the store answers");
    assert!(matches!(settled, Settled::Committed(_)), "{settled:?}");
    assert_eq!(store.stored(), 3);

    store.before_append = never();
    let log = store.log();
    let late = log.dispatch(TakeSeat("a")).timeout(SOON).await;
    let Err(DispatchError::OutcomeUnknown { append_id, .. }) = late else {
        panic!("{late:?}")
    };
    assert_eq!(
        log.settle(append_id).await.expect("the store answers"),
        Settled::Void
    );
    let arrives_late = append([event("SeatTaken", &["room:a"])]).with_id(append_id);
    let answers = store.memory.append_now(&Group::single(arrives_late));
    assert_eq!(answers, [Err(Refusal::Void(append_id))]);
}

#[tokio::test]
async fn a_check_that_is_not_answered_leaves_nothing_unknown() {
    let mut store = Staged::new();
    store.before_append = never();
    let late = store.log().dispatch(TakeSeat("a")).timeout(SOON).await;
    assert!(
        matches!(late, Err(DispatchError::Timeout { operation: "wait" })),
        "{late:?}"
    );
}

#[tokio::test]
async fn an_append_that_waits_behind_another_can_be_withdrawn() {
    let mut store = Staged::new();
    let handed_over = Arc::new(Notify::new());
    let notify = handed_over.clone();
    store.before_append = Arc::new(move |_| {
        notify.notify_one();
        Box::pin(std::future::pending())
    });
    let log = store.log();
    let first = log.append(SeatAdded { room: "a".into() }).timeout(SOON * 4);
    let stuck = tokio::spawn(first.into_future());
    handed_over.notified().await;
    let late = log
        .append(SeatAdded { room: "b".into() })
        .timeout(SOON)
        .await;
    assert!(matches!(late, Err(AppendError::Timeout)), "{late:?}");
    let late = stuck.await.expect("the task ends");
    assert!(
        matches!(late, Err(AppendError::OutcomeUnknown { .. })),
        "{late:?}"
    );
}

#[tokio::test]
async fn explaining_a_conflict_keeps_the_timeout() {
    let mut store = with_seats(2);
    let reads = AtomicU32::new(0);
    store.after_read = Arc::new(move |memory| {
        if reads.fetch_add(1, Ordering::Relaxed) > 0 {
            return Box::pin(std::future::pending());
        }
        other_client(memory, taken);
        Box::pin(async {})
    });
    let lost = store
        .log()
        .dispatch(TakeSeat("a"))
        .rounds(1)
        .timeout(SOON)
        .await;
    let Err(DispatchError::Refused(Refusal::Conflict(broken))) = lost else {
        panic!("{lost:?}")
    };
    assert_eq!((broken[0].guard, broken[0].position.get()), (0, 3));
}

#[tokio::test]
async fn a_repeated_append_that_cannot_be_read_back_is_not_told_as_failed() {
    let store = Staged::new();
    let id = AppendId::new();
    let first = store
        .log()
        .append(event("A", &[]))
        .append_id(id)
        .await
        .expect("an append");
    let mut broken = store.clone();
    broken.after_read = never();
    let again = broken
        .log()
        .append(event("A", &[]))
        .append_id(id)
        .timeout(SOON)
        .await;
    let Err(AppendError::ReadBack { receipt, .. }) = again else {
        panic!("{again:?}")
    };
    assert_eq!(
        receipt.appended.map(|appended| appended.first),
        Some(first[0].position)
    );
    let again = store
        .log()
        .append(event("A", &[]))
        .append_id(id)
        .await
        .expect("it is read back");
    assert_eq!(again, first);
}

/// A log may be shared by several runtimes, whichever of them is driven at the moment.
fn share_among_runtimes(open: impl AsyncFnOnce() -> EventLog) {
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().expect("a runtime")
    };
    let idle = runtime();
    let log = idle.block_on(open());
    let append = |tag: &str| log.append(event("A", &[tag])).into_future();
    idle.block_on(append("t:1")).expect("an append");
    runtime().block_on(append("t:1")).expect("an append");

    let threads: Vec<_> = (0..3)
        .map(|n| {
            let log = log.clone();
            std::thread::spawn(move || {
                for _ in 0..40 {
                    let append = log.append(event("A", &[&format!("thread:{n}")]));
                    runtime().block_on(append.into_future()).expect("an append");
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("no append fails");
    }
    assert_eq!(idle.block_on(log.head()).expect("a read").get(), 122);
}

#[test]
fn runtimes_that_stand_still_or_end_stop_nobody() {
    share_among_runtimes(async || Staged::new().log());
}

#[test]
fn runtimes_that_stand_still_or_end_stop_nobody_on_sqlite() {
    let directory = tempfile::tempdir().expect("a directory");
    let url = sqlite_url(&directory);
    share_among_runtimes(async || factos::open(&url).await.expect("the file opens"));
}

#[tokio::test]
async fn a_request_that_the_store_cannot_take_harms_only_its_caller() {
    let store = Staged::new();
    let log = EventLog::new(Picky(store.clone()));
    let appends = ["A", "Bad", "B"].map(|name| log.append(event(name, &[])).into_future());
    let [a, bad, b] = appends;
    let (a, bad, b) = tokio::join!(a, bad, b);
    assert!(a.is_ok() && b.is_ok());
    assert!(
        matches!(bad, Err(AppendError::Store(StoreError::Other(_)))),
        "{bad:?}"
    );
    assert_eq!(store.stored(), 2);
}

/// Fails as a whole when an event named `Bad` is in a group.
struct Picky(Staged);

impl EventStore for Picky {
    type Connection = AnyConnection;

    async fn append(&self, group: Group) -> Result<Vec<Result<Answer, Refusal>>, StoreError> {
        let bad = |request: &AppendRequest| request.events()[0].event_type.as_str() == "Bad";
        if group.requests().any(bad) {
            let cause: Cause = Arc::new(std::io::Error::other("too much"));
            return Err(StoreError::Other(cause));
        }
        self.0.append(group).await
    }

    async fn read(&self, request: ReadRequest) -> Result<Snapshot, StoreError> {
        self.0.read(request).await
    }

    async fn locked(
        &self,
        request: ReadRequest,
        decide: DecideLocked,
    ) -> Result<Option<Result<Answer, Refusal>>, StoreError> {
        self.0.locked(request, decide).await
    }

    async fn settle(&self, append_id: AppendId) -> Result<Settled, StoreError> {
        self.0.settle(append_id).await
    }

    fn info(&self) -> &LogInfo {
        self.0.info()
    }
}

#[tokio::test]
async fn a_dropped_dispatch_that_was_not_handed_over_never_happens() {
    let mut store = with_seats(1);
    store.after_read = never();
    let log = store.log();
    let dispatch = tokio::spawn(log.dispatch(TakeSeat("a")).into_future());
    tokio::task::yield_now().await;
    dispatch.abort();
    assert!(dispatch.await.is_err_and(|error| error.is_cancelled()));
    assert_eq!(store.stored(), 1);
}

/// Explodes in its fourth round.
struct Late;

/// How often `late` was decided.
static CALLS: AtomicU32 = AtomicU32::new(0);
#[decider]
fn late(_cmd: &Late, #[fact(free_seats("a"))] free: i32) -> SeatEvent {
    assert!(CALLS.fetch_add(1, Ordering::Relaxed) < 3, "{free} seats");
    SeatTaken { room: "a".into() }
}

#[tokio::test]
async fn a_panicking_decider_harms_only_its_own_caller() {
    let mut store = with_seats(9);
    let log = store.log();
    assert!(
        tokio::spawn(log.dispatch(Explode).into_future())
            .await
            .is_err_and(|error| error.is_panic())
    );
    log.dispatch(TakeSeat("a")).await.expect("the log works");

    // Under the lock, too: the first rounds must be lost without the decider's help.
    store.after_read = at_most(u32::MAX, |memory| other_client(memory, added));
    let log = store.log();
    assert!(
        tokio::spawn(log.dispatch(Late).into_future())
            .await
            .is_err_and(|error| error.is_panic())
    );
    assert_eq!(CALLS.load(Ordering::Relaxed), 4);
    log.dispatch(TakeSeat("a")).await.expect("the lock is free");
}

#[tokio::test]
async fn every_event_gets_the_commands_metadata_and_all_fields_come_back() {
    let store = with_seats(2);
    let metadata = Metadata::new()
        .with(Metadata::ACTOR, "ann")
        .with("a=b\n", "\"🦀");
    let accepted = store
        .log()
        .dispatch(TakeAll("a"))
        .metadata(metadata.clone())
        .await
        .expect("two seats");
    let stored = store.memory.read_now(&everything()).parts.remove(0);
    assert_eq!(accepted.events, stored[2..]);
    assert!(
        accepted
            .events
            .iter()
            .all(|event| event.metadata == metadata)
    );
}

#[tokio::test]
async fn a_store_that_fails_is_reported_to_everyone_in_the_group() {
    struct Down(LogInfo);
    impl EventStore for Down {
        type Connection = AnyConnection;
        async fn append(&self, _: Group) -> Result<Vec<Result<Answer, Refusal>>, StoreError> {
            Err(down())
        }
        async fn read(&self, _: ReadRequest) -> Result<Snapshot, StoreError> {
            Err(down())
        }
        async fn locked(
            &self,
            _: ReadRequest,
            _: DecideLocked,
        ) -> Result<Option<Result<Answer, Refusal>>, StoreError> {
            Err(down())
        }
        async fn settle(&self, _: AppendId) -> Result<Settled, StoreError> {
            Err(down())
        }
        fn info(&self) -> &LogInfo {
            &self.0
        }
    }
    fn down() -> StoreError {
        let cause: Cause = Arc::new(std::io::Error::other("unplugged"));
        StoreError::Unavailable(cause)
    }
    let info = MemoryStore::new();
    let log = EventLog::new(Down(LogInfo::new(
        info.info().name().clone(),
        info.info().identity(),
    )));
    let (one, two) = tokio::join!(log.append(event("A", &[])), log.append(event("B", &[])));
    for failed in [one, two] {
        assert!(
            matches!(failed, Err(AppendError::Store(StoreError::Unavailable(_)))),
            "{failed:?}"
        );
    }
    let failed = log.dispatch(TakeSeat("a")).await;
    assert!(
        matches!(
            failed,
            Err(DispatchError::Store(StoreError::Unavailable(_)))
        ),
        "{failed:?}"
    );
}

#[tokio::test]
async fn appends_that_wait_together_share_a_commit() {
    let mut store = Staged::new();
    let commits = Arc::new(AtomicU32::new(0));
    let all_wait = Arc::new(Notify::new());
    let (counted, gate) = (commits.clone(), all_wait.clone());
    store.before_append = Arc::new(move |_| {
        let first = counted.fetch_add(1, Ordering::Relaxed) == 0;
        let gate = gate.clone();
        Box::pin(async move {
            if first {
                gate.notified().await;
            }
        })
    });
    let log = store.log();
    let appends = (0..50).map(|_| log.append(event("A", &["t:1"])).into_future());
    let open = async {
        all_wait.notify_one();
    };
    // The gate is polled last, when all the others wait.
    let (stored, ()) = tokio::join!(biased; futures_util::future::try_join_all(appends), open);
    stored.expect("appends");
    assert_eq!(store.stored(), 50);
    assert!(commits.load(Ordering::Relaxed) <= 2, "{commits:?} commits");
}
