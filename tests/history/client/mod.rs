//! A client: tasks that call the log in all ways, each call written down before it is made, and its answer after it.

mod calls;
mod direct;
pub mod replies;

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use factos::EventLog;
use factos::store::AppendRequest;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::disturbed::patience::{Patience, answered};
use crate::disturbed::records::read;
use crate::disturbed::store::Store;
use crate::record::{Id, Record, Recorder, Reply, Request, Sent, Via};
use crate::shape::Shape;

/// The tasks of one process, or of one handle of a log.
pub struct Client {
    store: Store,
    log: EventLog,
    records: Recorder,
    calls: AtomicU64,
    /// Calls that may still be made.
    left: AtomicU64,
    stopped: AtomicBool,
    stored: watch::Sender<u64>,
}

/// What a task remembers of its own appends, to send them again.
type Past = VecDeque<AppendRequest>;

const REMEMBERED: usize = 8;

impl Client {
    /// A client that makes so many calls, unless it is stopped before.
    pub fn new(store: Store, records: Recorder, calls: u64) -> Arc<Self> {
        Arc::new(Self {
            log: EventLog::new(store.clone()),
            store,
            records,
            calls: AtomicU64::new(0),
            left: AtomicU64::new(calls),
            stopped: AtomicBool::new(false),
            stored: watch::Sender::new(0),
        })
    }

    /// How many appends it has stored so far.
    pub fn stored(&self) -> watch::Receiver<u64> {
        self.stored.subscribe()
    }

    /// Has no more calls made.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Runs so many tasks to their end.
    pub async fn run(self: Arc<Self>, tasks: u64, seed: u64) {
        let mut running = JoinSet::new();
        for task in 0..tasks {
            let (client, shape) = (self.clone(), Shape::seeded(seed ^ (task << 32)));
            running.spawn(client.work(shape));
        }
        running.join_all().await;
    }

    async fn work(self: Arc<Self>, mut shape: Shape) {
        let mut past = Past::new();
        while self.goes_on() {
            self.step(&mut shape, &mut past).await;
            past.truncate(REMEMBERED);
        }
    }

    fn goes_on(&self) -> bool {
        let take = |left: u64| left.checked_sub(1);
        let (set, fetch) = (Ordering::Relaxed, Ordering::Relaxed);
        !self.stopped.load(Ordering::Relaxed) && self.left.fetch_update(set, fetch, take).is_ok()
    }

    /// Settles, or sends again, what a process that was killed has left open.
    pub async fn take_over(&self, records: &Path, mut shape: Shape) {
        for (via, request) in open_requests(records) {
            let id = request.id;
            let can_be_repeated = via == Via::Log;
            if can_be_repeated && shape.0.bool() {
                let head = self.head().await;
                let request = request.request();
                self.send(&mut shape, head, &request, Again::Yes).await;
            } else if request.events.is_some() {
                self.settle(id).await;
            }
        }
    }

    async fn head(&self) -> u64 {
        answered(|| self.log.head()).await.get()
    }

    /// Writes down that a call begins, and answers its number.
    fn sent(&self, head: u64, via: Via, requests: Vec<Request>) -> u64 {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        self.records.write(&Record::Sent(Sent {
            call,
            head,
            via,
            requests,
        }));
        call
    }

    fn answered(&self, call: u64, replies: Vec<Reply>) {
        let is_stored = |reply: &&Reply| matches!(reply, Reply::Stored { .. } | Reply::Accepted(_));
        let stored = replies.iter().filter(is_stored).count() as u64;
        self.records.write(&Record::Answered { call, replies });
        self.stored.send_if_modified(|all| {
            *all += stored;
            stored > 0
        });
    }

    async fn settle(&self, id: Id) {
        self.records.write(&Record::Settling { id });
        let settled = answered(|| self.log.settle(id.into())).await;
        let place = replies::place_of_settled(&settled);
        self.records.write(&Record::Settled { id, place });
    }
}

/// Whether an append id was sent before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    No,
    Yes,
}

/// Of many open calls of a killed process, so many of the last ones are taken over.
const TAKEN_OVER: usize = 64;

/// The requests that a process got no answer to, newest first.
fn open_requests(records: &Path) -> Vec<(Via, Request)> {
    let mut open = std::collections::BTreeMap::new();
    for record in read(records) {
        match record {
            Record::Sent(sent) => drop(open.insert(sent.call, sent)),
            Record::Answered { call, .. } => drop(open.remove(&call)),
            _ => {}
        }
    }
    let calls = open.into_values().rev();
    let requests = calls.flat_map(|sent| {
        let via = sent.via;
        sent.requests.into_iter().map(move |request| (via, request))
    });
    requests.take(TAKEN_OVER).collect()
}

impl Shape {
    pub fn patience(&mut self) -> Patience {
        Patience::random(&mut self.0)
    }
}
