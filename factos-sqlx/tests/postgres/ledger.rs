//! Clients under load, and what they were told, to be compared with what is stored afterwards.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use factos_core::store::{
    Answer, EventStore, Group, ReadPart, ReadRequest, Refusal, Settled, StoreError,
};
use factos_core::{AppendId, StoredEvent};
use factos_sqlx::PostgresStore;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::support::*;

/// Each append is of so many events.
const SIZE: usize = 2;

/// The tags that clients fight for.
const TAGS: usize = 3;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Told {
    /// It is stored, from this position on.
    Stored(u64),
    Refused,
    Unknown,
    Failed,
}

struct Entry {
    append_id: AppendId,
    tag: String,
    /// Up to where the client had read before it decided.
    after: u64,
    told: Told,
}

struct Ledger {
    entries: Mutex<Vec<Entry>>,
    /// How many appends are stored, as far as the clients know.
    stored: watch::Sender<usize>,
}

/// Clients that append.
pub(crate) struct Load {
    ledger: Arc<Ledger>,
    clients: JoinSet<()>,
}

impl Load {
    /// Starts a client for each store, which appends until so many of its appends are stored.
    pub(crate) fn start(stores: &[PostgresStore], each: usize) -> Self {
        let ledger = Arc::new(Ledger {
            entries: Mutex::default(),
            stored: watch::Sender::new(0),
        });
        let mut clients = JoinSet::new();
        for (client, store) in stores.iter().enumerate() {
            let (store, ledger) = (store.clone(), Arc::clone(&ledger));
            clients.spawn(async move {
                let (mut done, mut n) = (0, client);
                while done < each {
                    let told = timeout(PATIENCE, ledger.append(&store, n)).await;
                    let told = told.expect("callers wait a bounded time");
                    done += usize::from(matches!(told, Told::Stored(_)));
                    n += 1;
                }
            });
        }
        Self { ledger, clients }
    }

    /// How many appends are stored, as far as the clients know.
    pub(crate) fn stored(&self) -> usize {
        *self.ledger.stored.borrow()
    }

    /// Waits until so many appends are stored.
    pub(crate) async fn reach(&self, stored: usize) {
        let mut watch = self.ledger.stored.subscribe();
        let reached = timeout(PATIENCE, watch.wait_for(|now| *now >= stored)).await;
        let reached = reached.expect("clients get on");
        reached.expect("the ledger is there");
    }

    /// Waits until all is done.
    pub(crate) async fn end(&mut self) {
        while let Some(client) = self.clients.join_next().await {
            client.expect("it ends well");
        }
    }

    /// Compares what was told with what is stored, when all is done and what was unknown is settled.
    pub(crate) async fn verify(mut self, store: &PostgresStore) {
        self.end().await;
        let entries = std::mem::take(&mut *self.ledger.entries());
        verify(entries, store).await;
    }
}

impl Ledger {
    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what has a tag, and appends if that is still all; several clients fight for the `n`th tag.
    async fn append(&self, store: &PostgresStore, n: usize) -> Told {
        let tag = format!("k:{}", n % TAGS);
        let part = ReadPart::query(query(&[], &[&tag])).backward().limit(1);
        let after = match store.read(ReadRequest::new([part])).await {
            Ok(snapshot) => snapshot.head.get(),
            Err(StoreError::Unavailable(_)) => return Told::Failed,
            Err(other) => panic!("{other:?}"),
        };
        let request = request((0..SIZE).map(|_| event("Appended", &[&tag])));
        let request = request.guarded([guard(&[], &[&tag], after)]);
        let append_id = request.append_id();
        let told = match store.append(Group::single(request)).await {
            Ok(answers) => told(&answers[0]),
            Err(StoreError::OutcomeUnknown(_)) => Told::Unknown,
            // One that waits for an answer keeps its store's connection from the others.
            Err(StoreError::Unavailable(_) | StoreError::Busy(_)) => Told::Failed,
            Err(other) => panic!("{other:?}"),
        };
        self.entries().push(Entry {
            append_id,
            tag,
            after,
            told,
        });
        if matches!(told, Told::Stored(_)) {
            self.stored.send_modify(|stored| *stored += 1);
        }
        told
    }
}

async fn verify(mut entries: Vec<Entry>, store: &PostgresStore) {
    for entry in &mut entries {
        if entry.told == Told::Unknown {
            entry.told = match store.settle(entry.append_id).await.expect("it answers") {
                Settled::Void => Told::Refused,
                Settled::Committed(receipt) => {
                    Told::Stored(receipt.appended.expect("it has events").first.get())
                }
            };
        }
    }
    let events = read_part(store, all()).await.expect("it answers");
    let mut by_append: BTreeMap<AppendId, Vec<u64>> = BTreeMap::new();
    for (event, position) in events.iter().zip(1..) {
        assert_eq!(event.position.get(), position, "a position is skipped");
        by_append.entry(event.append_id).or_default().push(position);
    }
    for entry in &entries {
        let found = by_append.remove(&entry.append_id).unwrap_or_default();
        if let Told::Stored(first) = entry.told {
            let size = u64::try_from(SIZE).expect("few");
            let whole: Vec<u64> = (first..first + size).collect();
            assert_eq!(found, whole, "stored once, as it was told");
            assert_unbroken(&events, entry, first);
        } else {
            assert!(
                found.is_empty(),
                "{:?}, and stored at {found:?}",
                entry.told
            );
        }
    }
    assert!(by_append.is_empty(), "nobody appended {by_append:?}");
}

fn told(answer: &Result<Answer, Refusal>) -> Told {
    match answer {
        Ok(Answer::Accepted(receipt) | Answer::Repeated(receipt)) => {
            Told::Stored(receipt.appended.expect("it has events").first.get())
        }
        Err(Refusal::Conflict(_)) => Told::Refused,
        other => panic!("{other:?}"),
    }
}

/// Nothing came between what was read and what was decided on it.
fn assert_unbroken(events: &[StoredEvent], entry: &Entry, first: u64) {
    let tag = tag(&entry.tag);
    let between = events.iter().filter(|event| {
        let position = event.position.get();
        position > entry.after && position < first && event.tags.iter().any(|its| *its == tag)
    });
    assert_eq!(between.count(), 0, "stored although its guard was broken");
}
