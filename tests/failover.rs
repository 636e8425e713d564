//! Failover: a primary dies under load, its synchronous standby takes over, and the clients go on there.

mod support;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use factos::postgres::PostgresOptions;
use factos::store::{Settled, StoreError};
use factos::{AppendError, AppendId, EventLog, Position, Query, QueryItem, StoredEvent, Tag};
use factos_test_server::{Replication, Server, Settings};
use futures_util::TryStreamExt;
use support::event;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

const CLIENTS: usize = 8;
/// Acknowledged appends before the primary dies, and after the standby has taken over.
const BEFORE: usize = 400;
const AFTER: usize = 200;

/// What a client was told of one append.
#[derive(Debug)]
enum Told {
    Stored(Vec<StoredEvent>),
    /// It does not know, or was told that the outcome is unknown.
    Unknown,
    /// That nothing was written.
    Failed(StoreError),
}

/// What all clients see of the world.
struct World {
    /// The log to use now; nothing while no server is there.
    log: watch::Sender<Option<EventLog>>,
    acknowledged: AtomicUsize,
    enough: Notify,
}

async fn open(server: &Server) -> EventLog {
    let options = PostgresOptions::from_url(&server.url("app")).expect("a URL");
    let options = options.max_wait(Duration::from_secs(1));
    EventLog::new(options.open().await.expect("the server answers")).untyped()
}

/// Appends one event after the other, each only if nobody else has written for this client, until all are done.
async fn client(world: Arc<World>, number: usize) -> Vec<(AppendId, Told)> {
    let mut attempts = Vec::new();
    let mut logs = world.log.subscribe();
    let tag = format!("client:{number}");
    let own = || QueryItem::new().tagged(Tag::parse(tag.as_str()).expect("a tag"));
    let mut last = None;
    while world.acknowledged.load(Ordering::Relaxed) < BEFORE + AFTER {
        let log = logs
            .wait_for(Option::is_some)
            .await
            .expect("the test lives")
            .clone();
        let log = log.expect("it is some");
        if last.is_none() {
            // Where its own events end is not known any more.
            let own_events = log.events(own().into()).stored();
            last = match own_events.try_collect::<Vec<_>>().await {
                Ok(events) => Some(
                    events
                        .last()
                        .map_or(Position::START, |event| event.position),
                ),
                Err(_) => None,
            };
        }
        // A server that is gone takes its time to say so.
        let Some(after) = last else { continue };
        let id = AppendId::new();
        let call = log
            .append(vec![event("Counted", &[&tag]), event("Noted", &[])])
            .append_id(id);
        let call = call
            .unless(own().into(), after)
            .timeout(Duration::from_secs(2));
        match call.await {
            Ok(events) => {
                last = Some(events[0].position);
                attempts.push((id, Told::Stored(events)));
                if world.acknowledged.fetch_add(1, Ordering::Relaxed) + 1 >= BEFORE {
                    world.enough.notify_one();
                }
            }
            Err(error) => {
                last = None;
                let told = match error {
                    AppendError::OutcomeUnknown { append_id, .. } => {
                        assert_eq!(append_id, id);
                        Told::Unknown
                    }
                    AppendError::Store(error) => Told::Failed(error),
                    AppendError::Timeout => {
                        Told::Failed(StoreError::corrupt_event(after, "never sent"))
                    }
                    other => panic!("nobody else writes for client {number}: {other:?}"),
                };
                attempts.push((id, told));
                // The rest of the group before the old server is gone need not be tried.
                if logs.borrow().is_none() {
                    logs.wait_for(Option::is_some)
                        .await
                        .expect("the test lives");
                }
            }
        }
    }
    attempts
}

#[tokio::test(flavor = "multi_thread")]
async fn no_acknowledged_append_is_lost_with_the_primary() {
    let primary = Server::start(Settings::new());
    primary
        .sql("postgres", "CREATE DATABASE app")
        .expect("it is new");
    let standby = primary.standby("second", Replication::Synchronous);
    let world = Arc::new(World {
        log: watch::Sender::new(Some(open(&primary).await)),
        acknowledged: AtomicUsize::new(0),
        enough: Notify::new(),
    });
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        clients.spawn(client(world.clone(), number));
    }

    world.enough.notified().await;
    primary.kill();
    world.log.send_replace(None);
    standby.promote();
    let log = open(&standby).await;
    world.log.send_replace(Some(log.clone()));
    let attempts: Vec<(AppendId, Told)> = clients.join_all().await.into_iter().flatten().collect();

    // Settling first: what is void then cannot come any more.
    let (mut stored, mut void) = (0, 0);
    let mut settled = HashMap::new();
    for (id, told) in &attempts {
        if matches!(told, Told::Unknown) {
            let answer = log.settle(*id).await.expect("the new primary answers");
            *(if answer == Settled::Void {
                &mut void
            } else {
                &mut stored
            }) += 1;
            settled.insert(*id, answer);
        }
    }
    let events: Vec<StoredEvent> = log
        .events(Query::all())
        .stored()
        .try_collect()
        .await
        .expect("a read");
    let mut found: HashMap<AppendId, Vec<StoredEvent>> = HashMap::new();
    for (position, event) in (1..).zip(&events) {
        assert_eq!(event.position.get(), position, "no position is skipped");
        found
            .entry(event.append_id)
            .or_default()
            .push(event.clone());
    }
    for (id, told) in &attempts {
        let there = found.remove(id);
        match (told, settled.get(id)) {
            (Told::Stored(events), _) => assert_eq!(
                there.as_ref(),
                Some(events),
                "an acknowledged append is lost"
            ),
            (Told::Failed(error), _) => {
                assert_eq!(there, None, "it was told that it failed: {error}");
            }
            (Told::Unknown, Some(Settled::Void)) => {
                assert_eq!(there, None, "it was settled as void");
            }
            (Told::Unknown, _) => assert_eq!(
                there.map(|events| events.len()),
                Some(2),
                "it was settled as stored"
            ),
        }
    }
    assert!(found.is_empty(), "nobody wrote these: {found:?}");
    let unknown = settled.len();
    println!(
        "{} events; {unknown} unknown: {stored} stored, {void} void",
        events.len()
    );
}
