//! Group commit: the appends that wait at the same time share one commit of the store.

mod handover;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{Instant, timeout_at};

pub(crate) use handover::Handover;

use crate::id::AppendId;
use crate::store::{Answer, AppendRequest, Cause, DynStore, Group, Refusal, StoreError};

/// Appends that may wait; further callers wait for a place.
const QUEUE: usize = 4096;
/// Requests that share one commit at most.
const GROUP_REQUESTS: usize = 256;
/// Bytes of data that share one commit at most. A request that is larger goes alone.
const GROUP_BYTES: usize = 1 << 20;

const A_YEAR: Duration = Duration::from_hours(24 * 365);

/// Why an append was not answered with success.
#[derive(Debug)]
pub(crate) enum Failure {
    Refused(Refusal),
    /// Time ran out before the store was handed the request: nothing was and nothing will be written.
    Timeout,
    OutcomeUnknown(AppendId, Cause),
    Store(StoreError),
}

/// The queue in front of a store's append.
pub(crate) struct Committer {
    store: Arc<dyn DynStore>,
    places: Arc<Semaphore>,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    /// Whether a task is at work that empties the queue.
    draining: bool,
}

struct Waiting {
    request: AppendRequest,
    handover: Arc<Handover>,
    reply: oneshot::Sender<Result<Answer, Failure>>,
    _place: OwnedSemaphorePermit,
}

impl Committer {
    pub(crate) fn new(store: Arc<dyn DynStore>) -> Self {
        Self {
            store,
            places: Arc::new(Semaphore::new(QUEUE)),
            queue: Mutex::default(),
        }
    }

    /// Has a request judged and written. Dropping the future withdraws what the store was not handed yet.
    pub(crate) async fn append(
        self: &Arc<Self>,
        request: AppendRequest,
        deadline: Instant,
    ) -> Result<Answer, Failure> {
        let (append_id, is_check) = (request.append_id(), request.is_check());
        if is_check && request.guards().is_empty() {
            return Ok(Answer::Confirmed);
        }
        let place = timeout_at(deadline, self.places.clone().acquire_owned()).await;
        let Ok(Ok(place)) = place else {
            return Err(Failure::Timeout);
        };
        let handover = Arc::new(Handover::default());
        let withdraw = handover.withdraw_on_drop();
        let (reply, answer) = oneshot::channel();
        self.enqueue(Waiting {
            request,
            handover: handover.clone(),
            reply,
            _place: place,
        });
        match timeout_at(deadline, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) if is_check || withdraw.now() => Err(Failure::Store(runtime_gone())),
            Ok(Err(_)) => Err(Failure::OutcomeUnknown(
                append_id,
                cause("the runtime was shut down"),
            )),
            Err(_) if is_check || withdraw.now() => Err(Failure::Timeout),
            Err(_) => Err(Failure::OutcomeUnknown(append_id, timed_out())),
        }
    }

    fn enqueue(self: &Arc<Self>, waiting: Waiting) {
        let mut queue = self.queue();
        queue.waiting.push_back(waiting);
        if !std::mem::replace(&mut queue.draining, true) {
            let drain = Drain {
                committer: self.clone(),
                done: false,
            };
            drop(queue);
            tokio::spawn(drain.run());
        }
    }

    /// No step leaves the queue half changed, so a panic of another thread has not harmed it.
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Empties the queue, group by group. It runs in a task of its own, which no caller's future can cancel.
struct Drain {
    committer: Arc<Committer>,
    done: bool,
}

impl Drain {
    async fn run(mut self) {
        while !self.done {
            // Those who are about to append get to join the group.
            tokio::task::yield_now().await;
            let (group, replies) = self.next_group();
            if group.is_empty() {
                self.stop_if_empty();
            } else {
                self.commit(group, replies).await;
            }
        }
    }

    fn stop_if_empty(&mut self) {
        let mut queue = self.committer.queue();
        if queue.waiting.is_empty() {
            queue.draining = false;
            self.done = true;
        }
    }

    fn next_group(&self) -> (Group, Vec<Reply>) {
        let mut queue = self.committer.queue();
        let (mut group, mut replies, mut bytes) = (Group::new(), Vec::new(), 0);
        while let Some(next) = queue.waiting.front() {
            bytes += next.request.size();
            if group.len() == GROUP_REQUESTS || (bytes > GROUP_BYTES && !group.is_empty()) {
                break;
            }
            let Some(next) = queue.waiting.pop_front() else {
                break;
            };
            if next.handover.hand_over() {
                replies.push(Reply {
                    append_id: next.request.append_id(),
                    is_check: next.request.is_check(),
                    to: next.reply,
                });
                group.push(next.request);
            }
        }
        (group, replies)
    }

    async fn commit(&self, group: Group, replies: Vec<Reply>) {
        match self.committer.store.append(group).await {
            Ok(answers) => {
                let mut answers = answers.into_iter();
                for reply in replies {
                    let missing = || {
                        Err(Failure::Store(StoreError::Other(cause(
                            "the store gave too few answers",
                        ))))
                    };
                    let answer = answers
                        .next()
                        .map_or_else(missing, |a| a.map_err(Failure::Refused));
                    reply.send(answer);
                }
            }
            Err(StoreError::OutcomeUnknown(cause)) => {
                for reply in replies {
                    let failure = if reply.is_check {
                        Failure::Store(StoreError::Unavailable(cause.clone()))
                    } else {
                        Failure::OutcomeUnknown(reply.append_id, cause.clone())
                    };
                    reply.send(Err(failure));
                }
            }
            Err(error) => {
                for reply in replies {
                    reply.send(Err(Failure::Store(error.clone())));
                }
            }
        }
    }
}

impl Drop for Drain {
    /// When the runtime is shut down or the store panics, those who wait must not wait for ever.
    fn drop(&mut self) {
        if !self.done {
            let mut queue = self.committer.queue();
            queue.waiting.clear();
            queue.draining = false;
        }
    }
}

struct Reply {
    append_id: AppendId,
    /// Nothing is written for a check, so its failure leaves nothing unknown.
    is_check: bool,
    to: oneshot::Sender<Result<Answer, Failure>>,
}

impl Reply {
    /// A caller that is gone does not want to know.
    fn send(self, answer: Result<Answer, Failure>) {
        drop(self.to.send(answer));
    }
}

/// A cause that is only text.
pub(crate) fn cause(text: &'static str) -> Cause {
    Arc::from(Box::<dyn std::error::Error + Send + Sync>::from(text))
}

pub(crate) fn timed_out() -> Cause {
    cause("time ran out")
}

fn runtime_gone() -> StoreError {
    StoreError::Unavailable(cause("the runtime that the log was used on was shut down"))
}

/// The moment at which `timeout` has passed; a timeout of ages is one of a year.
pub(crate) fn deadline_in(timeout: Duration) -> Instant {
    Instant::now() + timeout.min(A_YEAR)
}
