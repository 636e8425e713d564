//! The writer: takes what waits, group by group, has the store commit it, and answers each one.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio::runtime::{Builder, Handle};
use tokio::sync::{mpsc, oneshot};

use super::{Failure, Handover, cause};
use crate::store::{Answer, AppendRequest, DynStore, Group, Refusal, StoreError};

/// Requests that share one commit at most.
const GROUP_REQUESTS: usize = 256;
/// Bytes of data that share one commit at most. A request that is larger goes alone.
const GROUP_BYTES: usize = 1 << 20;
/// How long a group waits for its members at most.
const LONGEST_GATHERING: Duration = Duration::from_micros(500);

/// A request in the queue.
pub(super) struct Waiting {
    pub(super) request: AppendRequest,
    pub(super) handover: Arc<Handover>,
    pub(super) reply: oneshot::Sender<Result<Answer, Failure>>,
}

/// A request in the store's hands.
struct Member {
    request: AppendRequest,
    reply: oneshot::Sender<Result<Answer, Failure>>,
}

type Answers = Result<Vec<Result<Answer, Refusal>>, StoreError>;

/// Starts a thread with a runtime of its own that empties the queue until its senders are gone.
///
/// # Errors
/// When the operating system gives no thread.
pub(super) fn start(
    store: Arc<dyn DynStore>,
    queue: mpsc::Receiver<Waiting>,
) -> std::io::Result<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    let writer = Writer {
        store,
        queue,
        next: None,
        last: LastGroup::default(),
    };
    thread::Builder::new()
        .name("factos-log".into())
        .spawn(move || runtime.block_on(writer.run()))?;
    Ok(handle)
}

struct Writer {
    store: Arc<dyn DynStore>,
    queue: mpsc::Receiver<Waiting>,
    /// What did not fit into the last group.
    next: Option<Waiting>,
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
        while let Some(first) = self.first().await {
            let members = self.group(first);
            if members.is_empty() {
                continue;
            }
            let (count, begin) = (members.len(), Instant::now());
            self.commit(members).await;
            self.last = LastGroup {
                members: count,
                commit: begin.elapsed(),
            };
        }
    }

    async fn first(&mut self) -> Option<Waiting> {
        match self.next.take() {
            Some(waiting) => Some(waiting),
            None => self.queue.recv().await,
        }
    }

    /// Takes all that waits now, up to the limits, without those that were withdrawn.
    fn group(&mut self, first: Waiting) -> Vec<Member> {
        let (mut members, mut bytes) = (Vec::new(), 0);
        let end = Instant::now() + self.last.patience();
        let mut next = Some(first);
        while let Some(waiting) = next {
            bytes += waiting.request.size();
            if members.len() == GROUP_REQUESTS || (bytes > GROUP_BYTES && !members.is_empty()) {
                self.next = Some(waiting);
                break;
            }
            if waiting.handover.hand_over() {
                members.push(Member {
                    request: waiting.request,
                    reply: waiting.reply,
                });
            }
            next = self.queue.try_recv().ok();
            // The callers run on other threads: this one has nothing else to do. A timer would wait far too long.
            while next.is_none() && members.len() < self.last.members && Instant::now() < end {
                thread::yield_now();
                next = self.queue.try_recv().ok();
            }
        }
        members
    }

    async fn commit(&self, members: Vec<Member>) {
        match self
            .append(members.iter().map(|member| member.request.clone()))
            .await
        {
            // What one of them asked for may be more than the store can do: the others shall not suffer.
            Err(StoreError::Other(_)) if members.len() > 1 => {
                for member in members {
                    let answers = self.append([member.request.clone()]).await;
                    answer(vec![member], answers);
                }
            }
            answers => answer(members, answers),
        }
    }

    /// A panic of the store is a failure like others: the next group may do better.
    async fn append(&self, requests: impl IntoIterator<Item = AppendRequest>) -> Answers {
        let mut group = Group::new();
        for request in requests {
            group.push(request);
        }
        let append = AssertUnwindSafe(async { self.store.append(group).await });
        append
            .catch_unwind()
            .await
            .unwrap_or_else(|panic| Err(panicked(&*panic)))
    }
}

fn panicked(panic: &(dyn Any + Send)) -> StoreError {
    let text = panic.downcast_ref::<&'static str>().copied();
    StoreError::OutcomeUnknown(cause(text.unwrap_or("the store panicked")))
}

/// Answers each member.
fn answer(members: Vec<Member>, answers: Answers) {
    let mut answers = answers.map(Vec::into_iter);
    for member in members {
        let (id, is_check) = (member.request.append_id(), member.request.is_check());
        let answer = match &mut answers {
            Ok(answers) => match answers.next() {
                Some(answer) => answer.map_err(Failure::Refused),
                None => Err(Failure::Store(StoreError::Other(cause(
                    "the store gave too few answers",
                )))),
            },
            // Nothing is written for a check, so that nothing is unknown of it.
            Err(StoreError::OutcomeUnknown(cause)) if is_check => {
                Err(Failure::Store(StoreError::Unavailable(cause.clone())))
            }
            Err(StoreError::OutcomeUnknown(cause)) => {
                Err(Failure::OutcomeUnknown(id, cause.clone()))
            }
            Err(error) => Err(Failure::Store(error.clone())),
        };
        // A caller that is gone does not want to know.
        drop(member.reply.send(answer));
    }
}
