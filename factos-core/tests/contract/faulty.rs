//! A store in memory that can break each promise, so that the tests of the contract can show that they notice.

mod fault;
mod fixture;
mod alone;
mod changes;

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use factos_core::store::{
    Answer, AppendRequest, DecideLocked, EventStore, Group, Guard, LogInfo, ReadPart, ReadRequest,
    Refusal, Settled, Snapshot, Source, StoreError,
};
use factos_core::{AnyConnection, AppendId, MemoryStore, Position, Query, StoredEvent};
use tokio::sync::{Mutex as AsyncMutex, MutexGuard as AsyncGuard};
use tokio::time::sleep;

use changes::{changed_event, changed_part, changed_request, rebuilt};
pub use fault::Fault;
pub use fixture::Database;

use Fault::*;

/// One handle of a log.
pub struct Faulty {
    fault: Fault,
    memory: MemoryStore,
    log: Arc<Log>,
    info: LogInfo,
    /// How far a replica has come.
    replica: AtomicU64,
    /// Appends to any log of the database that are not over yet.
    under_way: Arc<AtomicU64>,
}

/// What the handles of a log share.
#[derive(Default)]
pub struct Log {
    lock: AsyncMutex<()>,
    locks: Mutex<HashMap<String, Arc<AsyncMutex<()>>>>,
    /// Positions that are taken, and not shown yet or ever.
    hidden: Mutex<BTreeSet<Position>>,
    /// How many were shown late.
    late: AtomicU64,
    /// Appends that were written in several pieces: which one each piece is of.
    pieces: Mutex<HashMap<AppendId, AppendId>>,
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().expect("nobody panics with it")
}

/// A time in which others come in between; not the same for all, so that they overtake each other.
async fn pause() {
    sleep(Duration::from_millis(fastrand::u64(1..4))).await;
}

impl Faulty {
    fn now(&self, request: &AppendRequest) -> Result<Answer, Refusal> {
        let group = Group::single(request.clone());
        self.memory.append_now(&group).remove(0)
    }

    fn check(&self, request: &AppendRequest) -> Result<Answer, Refusal> {
        self.now(&AppendRequest::check(request.guards().to_vec()))
    }

    fn head(&self) -> Position {
        self.memory.read_now(&ReadRequest::new([])).head
    }

    /// A group, for faults that are about groups or about none.
    fn group(&self, group: &Group) -> Vec<Result<Answer, Refusal>> {
        let before = self.head();
        let judged: Vec<_> = group
            .requests()
            .map(|request| self.check(request))
            .collect();
        let mut changed = Group::new();
        for (i, request) in group.requests().enumerate() {
            let request = match (self.fault, &judged[i]) {
                (JudgesGroupsAsOneSnapshot, Ok(_)) => {
                    rebuilt(request, request.events().to_vec(), Vec::new())
                }
                (JudgesByRefusedMembers, _) if !group.conflicts(i).is_empty() => request
                    .clone()
                    .guarded([Guard::new(Query::all(), Position::START)]),
                _ => changed_request(self.fault, request, before),
            };
            let on = if self.fault == IgnoresDependences {
                Vec::new()
            } else {
                group.depends_on(i).to_vec()
            };
            changed.push_decided_on(request, on);
        }
        self.memory.append_now(&changed)
    }

    /// What a read shows, of the moment at which this is called.
    fn look(&self, request: &ReadRequest) -> Snapshot {
        let mut asked = request.clone();
        asked.parts = request
            .parts
            .iter()
            .map(|part| changed_part(self.fault, part))
            .collect();
        let (hidden, pieces) = (held(&self.log.hidden), held(&self.log.pieces));
        let mut seen = self.memory.read_now(&asked);
        for (part, asked) in seen.parts.iter_mut().zip(&request.parts) {
            part.retain(|event| !hidden.contains(&event.position));
            for event in part.iter_mut() {
                event.append_id = *pieces.get(&event.append_id).unwrap_or(&event.append_id);
            }
            let all = std::mem::take(part).into_iter();
            let shown = all.filter_map(|event| changed_event(self.fault, event, seen.head));
            *part = shown.collect();
            self.spoil(part, asked);
        }
        while hidden.contains(&seen.head) {
            seen.head = Position::new(seen.head.get() - 1);
        }
        seen
    }

    fn spoil(&self, part: &mut Vec<StoredEvent>, asked: &ReadPart) {
        if self.fault == RepeatsEventsOfManyItems
            && let Source::Query(query) = &asked.source
            && query.items().len() > 1
        {
            *part = part
                .iter()
                .flat_map(|event| [event.clone(), event.clone()])
                .collect();
        }
    }
}

impl EventStore for Faulty {
    type Connection = AnyConnection;

    async fn append(&self, group: Group) -> Result<Vec<Result<Answer, Refusal>>, StoreError> {
        if matches!(
            self.fault,
            KeepsTheLockOfDroppedCalls | KeepsTheLockAfterAPanic
        ) {
            let mut kept = Kept(Some(self.log.lock.lock().await));
            pause().await;
            kept.give_back();
        }
        if self.fault == WakesBeforeTheCommit {
            self.info.announce(self.head().plus(group.len() as u64 * 2));
            pause().await;
        }
        if !self.fault.is_of_single_requests() {
            return Ok(self.group(&group));
        }
        let mut answers = Vec::new();
        for (i, request) in group.requests().enumerate() {
            let stands = |on: &usize| matches!(answers.get(*on), Some(Ok(Answer::Accepted(_))));
            let answer = if group.depends_on(i).iter().all(stands) {
                self.alone(request).await
            } else {
                Err(Refusal::DependencyFailed)
            };
            answers.push(answer);
        }
        Ok(answers)
    }

    async fn read(&self, request: ReadRequest) -> Result<Snapshot, StoreError> {
        let mut seen = self.look(&request);
        match self.fault {
            TakesTheHeadLater => {
                pause().await;
                seen.head = self.head();
            }
            ReadsEachPartLater => {
                for (part, asked) in seen.parts.iter_mut().zip(&request.parts) {
                    *part = self
                        .look(&ReadRequest::new([asked.clone()]))
                        .parts
                        .remove(0);
                    pause().await;
                }
            }
            ReadsFromAReplica => {
                let known = Position::new(self.replica.swap(seen.head.get(), Ordering::Relaxed));
                seen.parts
                    .iter_mut()
                    .for_each(|part| part.retain(|event| event.position <= known));
                seen.head = known;
            }
            _ => {}
        }
        Ok(seen)
    }

    async fn locked(
        &self,
        request: ReadRequest,
        decide: DecideLocked,
    ) -> Result<Option<Result<Answer, Refusal>>, StoreError> {
        let lock = self.log.lock.lock().await;
        if self.fault == KeepsTheLockAfterAPanic {
            let mut kept = Kept(Some(lock));
            let decided = decide(self.look(&request));
            kept.give_back();
            return Ok(decided.map(|request| self.now(&request)));
        }
        if self.fault == LetsOthersInWhileLocked {
            drop(lock);
            let seen = self.look(&request);
            pause().await;
            return Ok(decide(seen).map(|request| self.now(&request)));
        }
        let forgets = self.fault == ForgetsGuardsWhenLocked;
        let decide: DecideLocked = Box::new(move |seen| {
            let request = decide(seen)?;
            Some(if forgets {
                rebuilt(&request, request.events().to_vec(), Vec::new())
            } else {
                request
            })
        });
        EventStore::locked(&self.memory, request, decide).await
    }

    async fn settle(&self, append_id: AppendId) -> Result<Settled, StoreError> {
        if self.fault == ForgetsVoidAppends {
            let look = AppendRequest::check(Vec::new()).with_id(append_id);
            return Ok(match self.now(&look) {
                Ok(Answer::Repeated(receipt)) => Settled::Committed(receipt),
                _ => Settled::Void,
            });
        }
        EventStore::settle(&self.memory, append_id).await
    }

    fn info(&self) -> &LogInfo {
        match self.fault {
            NeverWakes | WakesBeforeTheCommit => &self.info,
            _ => self.memory.info(),
        }
    }
}

/// A lock that is lost if it is dropped without a word.
struct Kept<'a>(Option<AsyncGuard<'a, ()>>);

impl Kept<'_> {
    fn give_back(&mut self) {
        self.0 = None;
    }
}

impl Drop for Kept<'_> {
    fn drop(&mut self) {
        std::mem::forget(self.0.take());
    }
}
