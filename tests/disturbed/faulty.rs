//! Stores with planted bugs, each of which breaks one promise, as real ones have.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex as ShortMutex, MutexGuard as ShortGuard};

use factos::store::{
    Answer, AppendRequest, Appended, BrokenGuard, DecideLocked, EventStore, Group, LogInfo,
    ReadPart, ReadRequest, Receipt, Refusal, Settled, Snapshot, StoreError,
};
use factos::{AnyConnection, AppendId, Limits, Position};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio::task::yield_now;

use super::store::Store;

/// So many of the last events are not shown.
const NOT_SHOWN: u64 = 2;

type Answers = Vec<Result<Answer, Refusal>>;

/// What is wrong with a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bug {
    /// Guards are judged while others append.
    TakesNoLock,
    /// Under the lock, guards are judged by what was there before the lock was asked for.
    JudgesOldSnapshot,
    /// Positions are given before the lock is taken, so that a later one may be seen earlier.
    NumbersBeforeLock,
    /// Guards are judged under the lock, but not against those in front in their group.
    ForgetsConflictEdges,
    /// What a request was decided on in its group is forgotten.
    ForgetsDependenceEdges,
    /// Acknowledges, and loses.
    Loses,
    /// Stores only the first events of an append.
    Tears,
    /// Refuses for an event that breaks nothing.
    RefusesWrongly,
    /// Confirms whatever it is asked to.
    ConfirmsAll,
    /// Says that an append is void, but does not keep it out.
    ForgetsVoid,
    /// Says that nothing was written when something was.
    DeniesDoubt,
    /// Does not show the last events, but says that it does.
    ReadsOldState,
}

/// A store with a bug, around one without.
pub struct Faulty {
    inner: Store,
    bug: Bug,
    lock: Mutex<()>,
    /// Positions that readers cannot see yet.
    hidden: ShortMutex<HashSet<Position>>,
    /// Appends that have arrived.
    arrived: ShortMutex<HashSet<AppendId>>,
    groups: AtomicU64,
}

impl Faulty {
    pub fn new(inner: Store, bug: Bug) -> Self {
        Self {
            inner,
            bug,
            lock: Mutex::default(),
            hidden: ShortMutex::default(),
            arrived: ShortMutex::default(),
            groups: AtomicU64::new(0),
        }
    }

    async fn head(&self) -> Result<Position, StoreError> {
        Ok(self.inner.read(ReadRequest::default()).await?.head)
    }

    /// Whether the guards hold, by what stands up to a position.
    async fn holds(&self, request: &AppendRequest, upto: Position) -> Result<bool, StoreError> {
        let parts = request.guards().iter().map(|guard| {
            let part = ReadPart::query(guard.query.clone()).after(guard.after);
            part.to(upto).limit(1)
        });
        let found = self.inner.read(ReadRequest::new(parts)).await?;
        Ok(found.parts.iter().all(Vec::is_empty))
    }

    /// Lets those pass without guards whose guards held; the others are refused for good reasons.
    async fn append_judged_by(
        &self,
        group: &Group,
        upto: Position,
        turns: u32,
    ) -> Result<Answers, StoreError> {
        let mut judged = Group::new();
        for (number, request) in group.requests().enumerate() {
            let on = group.depends_on(number).to_vec();
            let held = on.is_empty() && !request.is_check() && self.holds(request, upto).await?;
            let request = if held {
                without_guards(request)
            } else {
                request.clone()
            };
            judged.push_decided_on(request, on);
        }
        for _ in 0..turns {
            yield_now().await;
        }
        self.inner.append(judged).await
    }

    async fn hide_for_a_while(&self, answers: &Answers) {
        let places = answers.iter().filter_map(|answer| match answer {
            Ok(Answer::Accepted(receipt)) => receipt.appended,
            _ => None,
        });
        let positions = places.flat_map(|at| at.first.get()..=at.last.get());
        let positions: HashSet<Position> = positions.map(Position::new).collect();
        locked(&self.hidden).extend(&positions);
        for _ in 0..50 {
            yield_now().await;
        }
        locked(&self.hidden).retain(|position| !positions.contains(position));
    }

    /// What a store without bugs would answer, but for nothing.
    async fn acknowledge(&self, group: &Group) -> Result<Answers, StoreError> {
        let mut last = self.head().await?;
        let answers = group.requests().map(|request| {
            if request.is_check() {
                return Ok(Answer::Confirmed);
            }
            let first = last.plus(1);
            last = last.plus(request.events().len() as u64);
            Ok(Answer::Accepted(Receipt {
                append_id: request.append_id(),
                appended: Some(Appended {
                    first,
                    last,
                    recorded_at: request.recorded_at(),
                    first_revision: request.stream().map(|_| 0),
                }),
                key: request.key().cloned(),
            }))
        });
        Ok(answers.collect())
    }

    async fn refuse(&self, group: &Group) -> Result<Answers, StoreError> {
        let position = self.head().await?;
        let guard = 0;
        let refusal = Refusal::Conflict(vec![BrokenGuard { guard, position }]);
        Ok(vec![Err(refusal); group.len()])
    }
}

fn locked<T>(shared: &ShortMutex<T>) -> ShortGuard<'_, T> {
    shared.lock().expect("nobody panics")
}

fn without_guards(request: &AppendRequest) -> AppendRequest {
    with_events(request, request.events().len())
}

/// Only the first events, without guards.
fn with_events(request: &AppendRequest, count: usize) -> AppendRequest {
    let events = request.events()[..count].to_vec();
    let made = AppendRequest::append(events, request.recorded_at(), &Limits::default());
    let mut made = made
        .expect("within the limits")
        .with_id(request.append_id());
    if let Some(stream) = request.stream() {
        made = made.to_stream(stream.name.clone(), stream.expected);
    }
    match request.key() {
        Some(key) => made.with_key(key.clone()),
        None => made,
    }
}

/// A group whose every request is changed, without its edges of dependence.
fn changed(group: &Group, change: impl Fn(&AppendRequest) -> AppendRequest) -> Group {
    let mut changed = Group::new();
    for request in group.requests() {
        changed.push(change(request));
    }
    changed
}

impl EventStore for Faulty {
    type Connection = AnyConnection;

    async fn append(&self, group: Group) -> Result<Answers, StoreError> {
        let number = self.groups.fetch_add(1, Ordering::Relaxed);
        let ids = group.requests().map(AppendRequest::append_id);
        locked(&self.arrived).extend(ids);
        let seldom = number % 16 == 15 && group.requests().any(|request| !request.is_check());
        match self.bug {
            Bug::TakesNoLock => {
                let head = self.head().await?;
                self.append_judged_by(&group, head, 5).await
            }
            Bug::JudgesOldSnapshot => {
                let head = self.head().await?;
                yield_now().await;
                let _lock = self.lock.lock().await;
                self.append_judged_by(&group, head, 0).await
            }
            Bug::ForgetsConflictEdges => {
                let _lock = self.lock.lock().await;
                let head = self.head().await?;
                self.append_judged_by(&group, head, 0).await
            }
            Bug::ForgetsDependenceEdges => {
                self.inner
                    .append(changed(&group, AppendRequest::clone))
                    .await
            }
            Bug::NumbersBeforeLock => {
                let answers = self.inner.append(group).await?;
                self.hide_for_a_while(&answers).await;
                Ok(answers)
            }
            Bug::Loses if seldom => self.acknowledge(&group).await,
            Bug::Tears if seldom => {
                let half = |request: &AppendRequest| match request.events().len() {
                    0 => request.clone(),
                    count => with_events(request, count.div_ceil(2)),
                };
                self.inner.append(changed(&group, half)).await
            }
            Bug::RefusesWrongly if seldom => self.refuse(&group).await,
            Bug::ConfirmsAll if group.requests().all(AppendRequest::is_check) => {
                Ok(vec![Ok(Answer::Confirmed); group.len()])
            }
            Bug::DeniesDoubt if seldom => {
                self.inner.append(group).await?;
                let cause = std::io::Error::other("the connection was lost");
                Err(StoreError::Unavailable(std::sync::Arc::new(cause)))
            }
            _ => self.inner.append(group).await,
        }
    }

    async fn read(&self, request: ReadRequest) -> Result<Snapshot, StoreError> {
        let mut snapshot = self.inner.read(request).await?;
        let hidden = locked(&self.hidden);
        for part in &mut snapshot.parts {
            part.retain(|event| !hidden.contains(&event.position));
            if self.bug == Bug::ReadsOldState {
                part.retain(|event| event.position.get() + NOT_SHOWN <= snapshot.head.get());
            }
        }
        Ok(snapshot)
    }

    async fn locked(
        &self,
        request: ReadRequest,
        decide: DecideLocked,
    ) -> Result<Option<Result<Answer, Refusal>>, StoreError> {
        let _lock = self.lock.lock().await;
        self.inner.locked(request, decide).await
    }

    async fn settle(&self, append_id: AppendId) -> Result<Settled, StoreError> {
        if self.bug == Bug::ForgetsVoid && !locked(&self.arrived).contains(&append_id) {
            return Ok(Settled::Void);
        }
        self.inner.settle(append_id).await
    }

    fn info(&self) -> &LogInfo {
        self.inner.info()
    }
}
