//! The writer: takes what waits, group by group, has the store commit it, and answers each one.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio::runtime::{Builder, Handle};
use tokio::sync::{mpsc, oneshot};
use tracing::Instrument;

use super::job::{Job, Turn};
use super::stage::{Caller, Joined, Member, Stage};
use super::tail::Tail;
use super::{Failure, Handover, cause};
use crate::dispatch::{Cache, Planted};
use crate::observe;
use crate::position::Position;
use crate::store::{Answer, AppendRequest, DynStore, Group, Refusal, StoreError};

/// How long a group waits for its members at most.
const LONGEST_GATHERING: Duration = Duration::from_micros(500);

/// Somebody in the queue.
pub(super) enum Waiting {
    /// Events to be stored, or guards to be confirmed.
    Append {
        request: AppendRequest,
        handover: Arc<Handover>,
        reply: oneshot::Sender<Result<Answer, Failure>>,
    },
    /// A command to be decided.
    Job(Box<dyn Job>),
    /// Somebody who wants to know when all in front are answered.
    Drain(oneshot::Sender<()>),
}

type Answers = Result<Vec<Result<Answer, Refusal>>, StoreError>;

/// Starts a thread with a runtime of its own that empties the queue until its senders are gone.
///
/// # Errors
/// When the operating system gives no thread.
pub(super) fn start(
    store: Arc<dyn DynStore>,
    cache: Arc<Cache>,
    planted: Planted,
    queue: mpsc::Receiver<Waiting>,
) -> std::io::Result<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    let writer = Writer {
        store,
        cache,
        planted,
        queue,
        postponed: VecDeque::new(),
        draining: Vec::new(),
        last: LastGroup::default(),
    };
    thread::Builder::new()
        .name("factos-log".into())
        .spawn(move || runtime.block_on(writer.run()))?;
    Ok(handle)
}

struct Writer {
    store: Arc<dyn DynStore>,
    cache: Arc<Cache>,
    planted: Planted,
    queue: mpsc::Receiver<Waiting>,
    /// Those who could not join the last group.
    postponed: VecDeque<Waiting>,
    /// Those who want to know when the others are answered.
    draining: Vec<oneshot::Sender<()>>,
    last: LastGroup,
}

/// How the last group was: most of its callers come again as soon as they are answered.
#[derive(Default)]
struct LastGroup {
    members: usize,
    commit: Duration,
}

impl LastGroup {
    /// How long the next group may wait for as many members: far less than a second commit for the late ones costs.
    fn patience(&self) -> Duration {
        if self.members < 2 {
            return Duration::ZERO;
        }
        (self.commit / 4).min(LONGEST_GATHERING)
    }
}

impl Writer {
    async fn run(mut self) {
        let cache = self.cache.clone();
        let mut tail = Tail::default();
        let mut generation = cache.generation();
        while let Some(first) = self.next().await {
            // In this order: what is seen of a log that was set back meanwhile is of a newer generation.
            let seen = self.store.info().seen();
            let now = cache.generation();
            if std::mem::replace(&mut generation, now) != now {
                tail.restart(Position::START);
            }
            let mut stage = Stage::new(&mut tail, seen, now, self.planted);
            self.gather(first, &mut stage);
            let (count, begin) = (stage.len(), Instant::now());
            self.commit(stage).await;
            if self.postponed.is_empty() {
                // Whoever is gone does not want to know.
                for told in self.draining.drain(..) {
                    let _ = told.send(());
                }
            }
            if count > 0 {
                self.last = LastGroup {
                    members: count,
                    commit: begin.elapsed(),
                };
            }
        }
    }

    async fn next(&mut self) -> Option<Waiting> {
        match self.postponed.pop_front() {
            Some(waiting) => Some(waiting),
            None => self.queue.recv().await,
        }
    }

    /// Takes all that waits now, up to the limits.
    fn gather(&mut self, first: Waiting, stage: &mut Stage<'_>) {
        let end = Instant::now() + self.last.patience();
        let mut later = VecDeque::new();
        let mut next = Some(first);
        while let Some(waiting) = next {
            let joined = match waiting {
                Waiting::Drain(told) => {
                    self.draining.push(told);
                    Joined::Done
                }
                waiting => stage.join(waiting),
            };
            match joined {
                Joined::Done => {}
                Joined::Later(waiting) => later.push_back(waiting),
                Joined::Full(waiting) => {
                    later.push_back(waiting);
                    break;
                }
            }
            next = self.postponed.pop_front();
            // Whoever drains does not wait for those who come later.
            if next.is_none() && self.draining.is_empty() {
                next = self.queue.try_recv().ok();
            }
            // The callers run on other threads: this one has nothing else to do. A timer would wait far too long.
            while next.is_none()
                && self.draining.is_empty()
                && stage.len() < self.last.members
                && Instant::now() < end
            {
                thread::yield_now();
                next = self.queue.try_recv().ok();
            }
        }
        // Those behind them have waited for a shorter time.
        later.append(&mut self.postponed);
        self.postponed = later;
    }

    async fn commit(&mut self, mut stage: Stage<'_>) {
        let group = stage.take_group();
        let answers = if group.is_empty() {
            Ok(Vec::new())
        } else {
            self.append(group).await
        };
        let (members, used) = stage.settle(answers.as_deref().ok());
        self.cache.weigh(&used);
        match answers {
            // What one of them asked for may be more than the store can do: the others shall not suffer.
            Err(StoreError::Other(_)) if members.len() > 1 => {
                for member in members {
                    match member.caller {
                        Caller::Job(job) if member.is_dependent => self.decide_again(job),
                        caller => {
                            let group = Group::single(member.request.clone());
                            let answers = self.append(group).await;
                            self.answer(vec![Member { caller, ..member }], answers);
                        }
                    }
                }
            }
            answers => self.answer(members, answers),
        }
    }

    /// A panic of the store is a failure like others: the next group may do better.
    async fn append(&self, group: Group) -> Answers {
        let (requests, began) = (group.len(), Instant::now());
        let append = async {
            let append = AssertUnwindSafe(async { self.store.append(group).await });
            let answers = append.catch_unwind().await;
            let answers = answers.unwrap_or_else(|panic| Err(panicked(&*panic)));
            observe::appended(requests, began.elapsed(), answers.as_ref().err());
            answers
        };
        let span = observe::append(self.store.info().name(), requests);
        let answers = append.instrument(span).await;
        if let Err(error) = &answers {
            self.cache.doubt(error);
        }
        answers
    }

    /// Answers each member. A command that was decided on one that is not accepted is decided again.
    fn answer(&mut self, members: Vec<Member>, answers: Answers) {
        let mut answers = answers.map(Vec::into_iter);
        for Member {
            request, caller, ..
        } in members
        {
            let answer = match &mut answers {
                Ok(answers) => match answers.next() {
                    Some(answer) => answer.map_err(Failure::Refused),
                    None => Err(Failure::Store(StoreError::Other(cause(
                        "the store gave too few answers",
                    )))),
                },
                Err(error) => Err(failed(&request, error)),
            };
            match (caller, answer) {
                (Caller::Job(job), Err(Failure::Refused(Refusal::DependencyFailed))) => {
                    self.decide_again(job);
                }
                (Caller::Job(job), answer) => job.answer(Turn::Judged(answer)),
                // A caller that is gone does not want to know.
                (Caller::Append(reply), answer) => drop(reply.send(answer)),
            }
        }
    }

    fn decide_again(&mut self, job: Box<dyn Job>) {
        job.take_back();
        self.postponed.push_back(Waiting::Job(job));
    }
}

/// What a failure of the whole group means for one of its members.
fn failed(request: &AppendRequest, error: &StoreError) -> Failure {
    match error {
        // Nothing is written for a check, so that nothing is unknown of it.
        StoreError::OutcomeUnknown(cause) if request.is_check() => {
            Failure::Store(StoreError::Unavailable(cause.clone()))
        }
        StoreError::OutcomeUnknown(cause) => {
            Failure::OutcomeUnknown(request.append_id(), cause.clone())
        }
        error => Failure::Store(error.clone()),
    }
}

fn panicked(panic: &(dyn Any + Send)) -> StoreError {
    let text = panic.downcast_ref::<&'static str>().copied();
    StoreError::OutcomeUnknown(cause(text.unwrap_or("the store panicked")))
}
