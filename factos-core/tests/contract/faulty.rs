//! A store in memory that can break each promise, so that the tests of the contract can show that they notice.

mod changes;
mod fixture;

use std::collections::{BTreeSet, HashMap};
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use factos_core::store::{
    Answer, AppendRequest, BrokenGuard, DecideLocked, EventStore, Group, Guard, LogInfo, ReadPart,
    ReadRequest, Refusal, Settled, Snapshot, Source, StoreError,
};
use factos_core::{
    AnyConnection, AppendId, EventId, Limits, MemoryStore, NewEvent, Position, Query, StoredEvent,
    Tags,
};
use tokio::sync::{Mutex as AsyncMutex, MutexGuard as AsyncGuard};
use tokio::time::sleep;

use changes::{changed_event, changed_part, changed_request, rebuilt};
pub use fixture::Database;

/// What is wrong with a store. Each name says what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Nothing,
    // the database and its logs
    LosesEverythingOnRestart,
    HoldsOneLog,
    IgnoresCaseOfLogNames,
    // what is stored
    DropsMostOfLargeAppends,
    KeepsOneValueOfATagKey,
    HashesTags,
    IgnoresCase,
    LosesTheLastByte,
    CutsLargeData,
    SortsMetadata,
    RenumbersRevisions,
    ChangesWhatIsOld,
    LetsTimeRunBackwards,
    DropsBinaryRows,
    // how requests are judged
    ForgetsGuards,
    ForgetsWideGuards,
    TakesOnePositionForAllGuards,
    RefusesPositionsBeyondTheHead,
    LooksAtTypesOnly,
    JudgesByOwnEvents,
    JudgesGroupsAsOneSnapshot,
    JudgesByRefusedMembers,
    IgnoresDependences,
    ConflictsWithEverything,
    JudgesGuardsFirst,
    GuardsTheUnconditional,
    ConfirmsEveryCheck,
    ConflictsOnNothing,
    ForgetsExpectedRevisions,
    // ids and keys
    TakesEventIdsTwice,
    ForgetsAppendIds,
    IgnoresTheContentOfKeys,
    ForgetsEmptyAppends,
    ForgetsVoidAppends,
    LooksUpIdsBeforeItWrites,
    // races
    ChecksBeforeItWrites,
    LocksByCondition,
    OverlooksConflictsWhileOthersWrite,
    ShowsUnconditionalAppendsLate,
    ShowsEveryAppendLate,
    WritesEventByEvent,
    LeavesAnEventOfWhatItRefuses,
    TakesPositionsForWhatItRefuses,
    // reads
    TakesTheHeadLater,
    ReadsEachPartLater,
    ReadsFromAReplica,
    IgnoresTo,
    IgnoresLimits,
    IgnoresDirections,
    RepeatsEventsOfManyItems,
    StartsStreamsOneLate,
    // wake-ups and locks
    NeverWakes,
    WakesBeforeTheCommit,
    LetsOthersInWhileLocked,
    ForgetsGuardsWhenLocked,
    KeepsTheLockAfterAPanic,
    KeepsTheLockOfDroppedCalls,
}
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

    /// One request by itself, for faults that no group is needed for.
    async fn one(&self, request: &AppendRequest) -> Result<Answer, Refusal> {
        let unguarded = || rebuilt(request, request.events().to_vec(), Vec::new());
        match self.fault {
            RefusesPositionsBeyondTheHead => {
                let head = self.head();
                let beyond = |guard: &Guard| guard.after > head;
                if request.guards().iter().any(beyond) {
                    return Err(conflict(0, head));
                }
            }
            JudgesByOwnEvents => {
                let mut guards = request.guards().iter();
                let matches = |event: &NewEvent| {
                    guards.any(|guard| guard.query.matches(&event.event_type, &event.tags))
                };
                if request.events().iter().any(matches) {
                    return Err(conflict(0, self.head().plus(1)));
                }
            }
            JudgesGuardsFirst => {
                self.check(request)?;
            }
            ConfirmsEveryCheck if request.is_check() => return Ok(Answer::Confirmed),
            ConflictsOnNothing if request.events().is_empty() => {
                return Err(conflict(0, self.head()));
            }
            ForgetsEmptyAppends if request.events().is_empty() => {
                let again = request.clone().with_id(AppendId::new());
                return self.now(&rebuilt(&again, Vec::new(), Vec::new()));
            }
            LooksUpIdsBeforeItWrites => {
                let look = AppendRequest::check(Vec::new()).with_id(request.append_id());
                let look = request
                    .key()
                    .map_or(look.clone(), |key| look.with_key(key.clone()));
                if let Ok(Answer::Repeated(receipt)) = self.now(&look) {
                    return Ok(Answer::Repeated(receipt));
                }
                pause().await;
                let mut events = request.events().to_vec();
                events
                    .iter_mut()
                    .for_each(|event| event.id = EventId::new());
                let again =
                    AppendRequest::append(events, request.recorded_at(), &Limits::default());
                return self.now(&again.expect("it fits"));
            }
            ChecksBeforeItWrites => {
                self.check(request)?;
                pause().await;
                return self.now(&unguarded());
            }
            LocksByCondition => {
                let condition = format!("{:?}", request.guards());
                let lock = held(&self.log.locks).entry(condition).or_default().clone();
                let _own = lock.lock().await;
                self.check(request)?;
                pause().await;
                return self.now(&unguarded());
            }
            OverlooksConflictsWhileOthersWrite => {
                let others = self.under_way.fetch_add(1, Ordering::Relaxed);
                pause().await;
                self.under_way.fetch_sub(1, Ordering::Relaxed);
                return self.now(&if others > 0 {
                    unguarded()
                } else {
                    request.clone()
                });
            }
            WritesEventByEvent => return self.event_by_event(request).await,
            ShowsUnconditionalAppendsLate if request.guards().is_empty() => {
                return self.late(request).await;
            }
            ShowsEveryAppendLate => return self.late(request).await,
            LeavesAnEventOfWhatItRefuses | TakesPositionsForWhatItRefuses => {
                let answer = self.now(request);
                if answer.is_err() && !request.events().is_empty() {
                    self.leave_something(request);
                }
                return answer;
            }
            _ => {}
        }
        self.now(request)
    }

    async fn event_by_event(&self, request: &AppendRequest) -> Result<Answer, Refusal> {
        let mut events = request.events().to_vec();
        let rest = if events.is_empty() {
            Vec::new()
        } else {
            events.split_off(1)
        };
        let mut answer = self.now(&rebuilt(request, events, request.guards().to_vec()))?;
        for event in rest {
            pause().await;
            let more = rebuilt(request, vec![event], Vec::new()).with_id(AppendId::new());
            let Answer::Accepted(more) = self.now(&more)? else {
                continue;
            };
            if let (Answer::Accepted(first), Some(more)) = (&mut answer, more.appended)
                && let Some(appended) = &mut first.appended
            {
                appended.last = more.last;
            }
        }
        Ok(answer)
    }

    /// Takes positions, and is seen by reads only when others have gone on.
    async fn late(&self, request: &AppendRequest) -> Result<Answer, Refusal> {
        let (answer, own) = self.hide(request);
        // Every other one is overtaken.
        let number = self.log.late.fetch_add(1, Ordering::Relaxed);
        sleep(Duration::from_millis(1 + number % 2 * 15)).await;
        held(&self.log.hidden).retain(|position| !own.contains(position));
        answer
    }

    fn hide(&self, request: &AppendRequest) -> (Result<Answer, Refusal>, RangeInclusive<Position>) {
        let mut hidden = held(&self.log.hidden);
        let answer = self.now(request);
        let mut own = Position::new(1)..=Position::START;
        if let Ok(Answer::Accepted(receipt)) = &answer
            && let Some(appended) = receipt.appended
        {
            own = appended.first..=appended.last;
            hidden.extend((appended.first.get()..=appended.last.get()).map(Position::new));
        }
        (answer, own)
    }

    fn leave_something(&self, request: &AppendRequest) {
        let mut event = request.events()[0].clone();
        event.id = EventId::new();
        if self.fault == TakesPositionsForWhatItRefuses {
            event.tags = Tags::new();
        }
        let left = AppendRequest::append(vec![event], request.recorded_at(), &Limits::default());
        let Ok(Answer::Accepted(left)) = self.now(&left.expect("it fits")) else {
            return;
        };
        if self.fault == TakesPositionsForWhatItRefuses {
            let place = left.appended.expect("one event").first;
            held(&self.log.hidden).insert(place);
        }
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

    fn is_one_by_one(&self) -> bool {
        matches!(
            self.fault,
            RefusesPositionsBeyondTheHead
                | JudgesByOwnEvents
                | JudgesGuardsFirst
                | ConfirmsEveryCheck
                | ConflictsOnNothing
                | ForgetsEmptyAppends
                | LooksUpIdsBeforeItWrites
                | ChecksBeforeItWrites
                | LocksByCondition
                | OverlooksConflictsWhileOthersWrite
                | WritesEventByEvent
                | ShowsUnconditionalAppendsLate
                | ShowsEveryAppendLate
                | LeavesAnEventOfWhatItRefuses
                | TakesPositionsForWhatItRefuses
        )
    }

    /// What a read shows, of the moment at which this is called.
    fn look(&self, request: &ReadRequest) -> Snapshot {
        let mut asked = request.clone();
        asked.parts = request
            .parts
            .iter()
            .map(|part| changed_part(self.fault, part))
            .collect();
        let hidden = held(&self.log.hidden);
        let mut seen = self.memory.read_now(&asked);
        for (part, asked) in seen.parts.iter_mut().zip(&request.parts) {
            part.retain(|event| !hidden.contains(&event.position));
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

fn conflict(guard: usize, position: Position) -> Refusal {
    Refusal::Conflict(vec![BrokenGuard { guard, position }])
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
        if !self.is_one_by_one() {
            return Ok(self.group(&group));
        }
        let mut answers = Vec::new();
        for (i, request) in group.requests().enumerate() {
            let stands = |on: &usize| matches!(answers.get(*on), Some(Ok(Answer::Accepted(_))));
            let answer = if group.depends_on(i).iter().all(stands) {
                self.one(request).await
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
