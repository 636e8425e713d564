//! History: many tasks append under conditions at the same time, some give up in between; what was answered is then
//! checked against what the log holds.

mod support;

use std::collections::HashMap;
use std::time::Duration;

use factos::store::{AppendRequest, EventStore, Group, Guard, Refusal};
use factos::{
    AppendError, AppendId, EventLog, EventType, MemoryStore, NewEvent, Position, Query, QueryItem,
    StoredEvent, Tag,
};
use futures_util::TryStreamExt;
use support::{append, event, sqlite_url};
use tokio::task::JoinSet;

const TASKS: usize = 12;
const APPENDS: usize = 80;

/// One append as its client saw it.
struct Attempt {
    request: AppendRequest,
    answer: Option<Result<Vec<StoredEvent>, AppendError>>,
}

fn random_events() -> Vec<NewEvent> {
    let one = || {
        event(
            ["A", "B"][fastrand::usize(..2)],
            &[
                &format!("x:{}", fastrand::u8(..4)),
                &format!("y:{}", fastrand::u8(..3)),
            ],
        )
    };
    (0..fastrand::usize(1..4)).map(|_| one()).collect()
}

/// Conditions of all shapes: all, types, tags, both, several items.
fn random_query() -> Query {
    let tag = |key: &str, below| Tag::new(key, fastrand::u8(..below).to_string()).expect("a tag");
    let of_type =
        |name: &'static str| QueryItem::new().of_type(EventType::new(name).expect("a type"));
    match fastrand::u8(..8) {
        0 => Query::all(),
        1 => of_type("A").into(),
        2 => Query::new([
            of_type("B").tagged(tag("x", 4)),
            QueryItem::new().tagged(tag("y", 3)),
        ]),
        3 => QueryItem::new()
            .tagged(tag("x", 4))
            .tagged(tag("y", 3))
            .into(),
        _ => of_type("A").tagged(tag("x", 4)).into(),
    }
}

/// Appends under random conditions, each at the head or somewhat behind it. Some calls are dropped before they are
/// answered.
async fn client(log: EventLog) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    for _ in 0..APPENDS {
        let head = log.head().await.expect("a read").get();
        let events = random_events();
        let id = AppendId::new();
        let guards: Vec<Guard> = (0..fastrand::usize(..3))
            .map(|_| {
                Guard::new(
                    random_query(),
                    Position::new(head.saturating_sub(fastrand::u64(..3))),
                )
            })
            .collect();
        let request = append(events.clone()).with_id(id).guarded(guards.clone());
        let call = guards
            .into_iter()
            .fold(log.append(events).append_id(id), |call, g| {
                call.unless(g.query, g.after)
            });
        let answer = if fastrand::u8(..10) == 0 {
            // Dropped at some point of its way.
            let patience = Duration::from_micros(fastrand::u64(1..2_000));
            tokio::time::timeout(patience, call.into_future())
                .await
                .ok()
        } else {
            Some(call.await)
        };
        attempts.push(Attempt { request, answer });
    }
    attempts
}

/// Checks every answer against the log, and the log against the conditions under which it was written.
async fn check(log: &EventLog, attempts: Vec<Attempt>) {
    let events: Vec<StoredEvent> = log
        .events(Query::all())
        .stored()
        .try_collect()
        .await
        .expect("a read");
    let mut found: HashMap<AppendId, Vec<StoredEvent>> = HashMap::new();
    for (expected, event) in (1..).zip(&events) {
        assert_eq!(event.position.get(), expected, "no position is left out");
        found
            .entry(event.append_id)
            .or_default()
            .push(event.clone());
    }

    let (mut accepted, mut refused) = (Vec::new(), 0);
    for Attempt { request, answer } in attempts {
        let stored = found.remove(&request.append_id());
        match answer {
            Some(Ok(events)) => assert_eq!(
                stored.as_ref(),
                Some(&events),
                "what was acknowledged is there"
            ),
            Some(Err(AppendError::Refused(Refusal::Conflict(broken)))) => {
                assert_eq!(stored, None, "what was refused is not there");
                for broken in broken {
                    let guard = &request.guards()[broken.guard];
                    let event = &events[usize::try_from(broken.position.get()).expect("small") - 1];
                    assert!(
                        broken.position > guard.after
                            && guard.query.matches(&event.event_type, &event.tags)
                    );
                }
                refused += 1;
            }
            Some(Err(error)) => panic!("only conflicts are refused: {error:?}"),
            None => {}
        }
        if let Some(stored) = stored {
            accepted.push((stored[0].position, request, stored));
        }
    }
    assert!(found.is_empty(), "nobody wrote these: {found:?}");

    accepted.sort_by_key(|(first, ..)| *first);
    let replay = MemoryStore::new();
    for (first, request, stored) in &accepted {
        let answer = replay.append_now(&Group::single(request.clone())).remove(0);
        assert!(
            answer.is_ok(),
            "{first} was written although its guards did not hold: {answer:?}"
        );
        assert_eq!(
            replay.read_now(&support::everything()).head,
            stored[stored.len() - 1].position,
            "whole, in one piece"
        );
    }
    assert!(
        refused > 20 && accepted.len() > 50,
        "{refused} refused, {} accepted",
        accepted.len()
    );
}

async fn run(logs: [EventLog; 2]) {
    let mut clients = JoinSet::new();
    for n in 0..TASKS {
        clients.spawn(client(logs[n % 2].clone()));
    }
    let attempts = clients.join_all().await.into_iter().flatten().collect();
    check(&logs[0], attempts).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_memory() {
    let store = MemoryStore::new();
    run([EventLog::new(store.clone()), EventLog::new(store)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_with_two_handles_on_one_file() {
    let directory = tempfile::tempdir().expect("a directory");
    let url = sqlite_url(&directory);
    let open = || async { factos::open(&url).await.expect("the file opens") };
    run([open().await, open().await]).await;
}

/// The checker itself: it must notice a store that forgets the conditions.
#[tokio::test(flavor = "multi_thread")]
#[should_panic(expected = "although its guards did not hold")]
async fn a_store_without_conditions_is_found_out() {
    struct Careless(MemoryStore);
    impl EventStore for Careless {
        type Connection = factos::AnyConnection;
        async fn append(
            &self,
            group: Group,
        ) -> Result<Vec<Result<factos::store::Answer, Refusal>>, factos::store::StoreError>
        {
            let forgetful = |request: &AppendRequest| {
                let at = request.recorded_at();
                let events = AppendRequest::append(
                    request.events().to_vec(),
                    at,
                    &factos::Limits::default(),
                );
                let one = Group::single(
                    events
                        .expect("within the limits")
                        .with_id(request.append_id()),
                );
                // Every seventh condition is forgotten.
                let group = if fastrand::u8(..7) == 0 {
                    one
                } else {
                    Group::single(request.clone())
                };
                self.0.append_now(&group).remove(0)
            };
            Ok(group.requests().map(forgetful).collect())
        }
        async fn read(
            &self,
            request: factos::store::ReadRequest,
        ) -> Result<factos::store::Snapshot, factos::store::StoreError> {
            Ok(self.0.read_now(&request))
        }
        async fn locked(
            &self,
            request: factos::store::ReadRequest,
            decide: factos::store::DecideLocked,
        ) -> Result<Option<Result<factos::store::Answer, Refusal>>, factos::store::StoreError>
        {
            EventStore::locked(&self.0, request, decide).await
        }
        async fn settle(
            &self,
            id: AppendId,
        ) -> Result<factos::store::Settled, factos::store::StoreError> {
            EventStore::settle(&self.0, id).await
        }
        fn info(&self) -> &factos::store::LogInfo {
            self.0.info()
        }
    }
    let store = MemoryStore::new();
    run([
        EventLog::new(Careless(store.clone())),
        EventLog::new(Careless(store)),
    ])
    .await;
}
