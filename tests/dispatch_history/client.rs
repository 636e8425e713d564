//! A client: tasks that dispatch and append, each call written down before it is made, and how it ended after it.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use factos::store::{Receipt, Refusal, Settled, StoreError};
use factos::{
    Accepted, AnyConnection, AppendError, AppendId, DispatchError, EventLog, Metadata, Reads,
    StoredEvent,
};
use fastrand::Rng;
use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::disturbed::digest;
use crate::disturbed::patience::{Patience, answered, is_passing, within};
use crate::domain::{AnyCommand, BankEvent, Refused, keep_quiet};
use crate::record::{Called, LostTo, Outcome, Place, Record, Recorder, Work};
use crate::work::Mix;

/// The tasks of one process, or of one handle of a log.
pub struct Client {
    log: EventLog,
    records: Recorder,
    mix: Mix,
    /// Calls that may still be made.
    left: AtomicU64,
    stopped: AtomicBool,
    ended: watch::Sender<u64>,
}

/// How a call is made.
pub struct Manner {
    rounds: Option<u32>,
    timeout: Option<Duration>,
    patience: Patience,
    /// Not as one of all commands.
    is_by_itself: bool,
}

impl Manner {
    /// To the end.
    pub fn patient() -> Self {
        Self {
            rounds: None,
            timeout: None,
            patience: Patience::Endless,
            is_by_itself: false,
        }
    }

    fn random(rng: &mut Rng) -> Self {
        Self {
            rounds: rng.choice([1, 1, 2, 3]).filter(|_| rng.u32(..3) == 0),
            // As many short ones as long ones, so that some are too short on any machine.
            timeout: (rng.u32(..8) == 0).then(|| Duration::from_micros(1 << rng.u32(4..15))),
            patience: Patience::random(rng),
            is_by_itself: rng.bool(),
        }
    }
}

/// The answer, and what a panic said.
type Caught<T> = Result<T, Box<dyn Any + Send>>;

impl Client {
    /// A client that makes so many calls, unless it is stopped before.
    pub fn new(log: EventLog, records: Recorder, mix: Mix, calls: u64) -> Arc<Self> {
        keep_quiet();
        Arc::new(Self {
            log,
            records,
            mix,
            left: AtomicU64::new(calls),
            stopped: AtomicBool::new(false),
            ended: watch::Sender::new(0),
        })
    }

    /// How many of its calls have ended.
    pub fn ended(&self) -> watch::Receiver<u64> {
        self.ended.subscribe()
    }

    /// Has no more calls made.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Runs so many tasks to their end.
    pub async fn run(self: Arc<Self>, tasks: u64, seed: u64) {
        let mut running = JoinSet::new();
        for task in 0..tasks {
            let rng = Rng::with_seed(seed ^ (task << 32));
            running.spawn(self.clone().work(rng));
        }
        running.join_all().await;
    }

    async fn work(self: Arc<Self>, mut rng: Rng) {
        while self.goes_on() {
            let (call, head) = (rng.u64(..), self.head().await);
            let work = self.mix.work(&mut rng, head, call);
            self.call(call, head, work, Manner::random(&mut rng)).await;
            self.ended.send_modify(|ended| *ended += 1);
        }
    }

    fn goes_on(&self) -> bool {
        let take = |left: u64| left.checked_sub(1);
        let (set, fetch) = (Ordering::Relaxed, Ordering::Relaxed);
        !self.stopped.load(Ordering::Relaxed) && self.left.fetch_update(set, fetch, take).is_ok()
    }

    pub async fn head(&self) -> u64 {
        answered(|| self.log.head()).await.get()
    }

    /// Makes a call when the log has come to `head`, and writes down how it ends, unless it is dropped before.
    pub async fn call(&self, call: u64, head: u64, work: Work, manner: Manner) {
        self.records.write(&Record::Called(Called {
            call,
            head,
            work: work.clone(),
            rounds: manner.rounds,
        }));
        let outcome = match work {
            Work::Append(events) => self.append(events, &manner, call).await,
            Work::Dispatch(command) => self.dispatch_any(command, &manner, call).await,
        };
        if let Some(outcome) = outcome {
            self.end(call, outcome).await;
        }
    }

    async fn end(&self, call: u64, outcome: Outcome) {
        let unknown = match outcome {
            Outcome::Unknown { append } => Some(append),
            _ => None,
        };
        self.records.write(&Record::Ended { call, outcome });
        if let Some(append) = unknown {
            self.records.write(&settle(&self.log, call, append).await);
        }
    }

    async fn dispatch_any(
        &self,
        command: AnyCommand,
        manner: &Manner,
        call: u64,
    ) -> Option<Outcome> {
        use AnyCommand::*;
        if !manner.is_by_itself {
            return self.dispatch(command, manner, call).await;
        }
        match command {
            Deposit(command) => self.dispatch(command, manner, call).await,
            Withdraw(command) => self.dispatch(command, manner, call).await,
            Transfer(command) => self.dispatch(command, manner, call).await,
            SetRate(command) => self.dispatch(command, manner, call).await,
            BeginDay(command) => self.dispatch(command, manner, call).await,
            WriteNote(command) => self.dispatch(command, manner, call).await,
            TakeSeats(command) => self.dispatch(command, manner, call).await,
            LeaveSeat(command) => self.dispatch(command, manner, call).await,
            Audit(command) => self.dispatch(command, manner, call).await,
            Risk(command) => self.dispatch(command, manner, call).await,
        }
    }

    async fn dispatch<T>(&self, command: T, manner: &Manner, call: u64) -> Option<Outcome>
    where
        T: Reads<AnyConnection> + Send + Sync + 'static,
        T::Error: Into<Refused> + Send + 'static,
    {
        let mut dispatch = self.log.dispatch(command).metadata(metadata(call));
        if let Some(rounds) = manner.rounds {
            dispatch = dispatch.rounds(rounds);
        }
        if let Some(timeout) = manner.timeout {
            dispatch = dispatch.timeout(timeout);
        }
        let answer = AssertUnwindSafe(dispatch.into_future()).catch_unwind();
        let answer = within(manner.patience, answer).await?;
        Some(self.outcome(answer).await)
    }

    async fn outcome<R: Into<Refused>>(
        &self,
        answer: Caught<Result<Accepted, DispatchError<R>>>,
    ) -> Outcome {
        match answer {
            Err(panic) => panicked(panic.as_ref()),
            Ok(Ok(accepted)) if accepted.events.is_empty() => Outcome::Empty {
                upto: self.head().await,
            },
            Ok(Ok(accepted)) => stored(&accepted.events),
            Ok(Err(DispatchError::Rejected(refused))) => Outcome::Refused {
                refused: refused.into(),
                upto: self.head().await,
            },
            Ok(Err(error)) => failed(error),
        }
    }

    async fn append(&self, events: Vec<BankEvent>, manner: &Manner, call: u64) -> Option<Outcome> {
        let mut append = self.log.append(events).metadata(metadata(call));
        if let Some(timeout) = manner.timeout {
            append = append.timeout(timeout);
        }
        let answer = within(manner.patience, append.into_future()).await?;
        Some(match answer {
            Ok(events) => stored(&events),
            Err(error) => append_failed(error),
        })
    }
}

/// Events name the call that they come from, beside their data.
fn metadata(call: u64) -> Metadata {
    Metadata::new().with(Metadata::OPERATION_ID, call.to_string())
}

/// Settles an append whose outcome is unknown.
pub async fn settle(log: &EventLog, call: u64, append: u128) -> Record {
    let id = AppendId::from_bytes(append.to_be_bytes());
    let place = match answered(|| log.settle(id)).await {
        Settled::Void => None,
        Settled::Committed(receipt) => Some(place(&receipt)),
    };
    Record::Settled {
        call,
        append,
        place,
    }
}

fn number(id: AppendId) -> u128 {
    u128::from_be_bytes(*id.as_bytes())
}

fn stored(events: &[StoredEvent]) -> Outcome {
    let (Some(first), Some(last)) = (events.first(), events.last()) else {
        return Outcome::Unexpected("stored, but no events".into());
    };
    Outcome::Stored {
        append: number(first.append_id),
        place: (first.position.get(), last.position.get()),
        digest: Some(digest::of_all(events.iter().map(digest::of_stored))),
    }
}

fn place(receipt: &Receipt) -> Place {
    let appended = receipt.appended.expect("no client appends nothing");
    (appended.first.get(), appended.last.get())
}

fn read_back(receipt: &Receipt) -> Outcome {
    Outcome::Stored {
        append: number(receipt.append_id),
        place: place(receipt),
        digest: None,
    }
}

fn panicked(panic: &(dyn Any + Send)) -> Outcome {
    let text = panic.downcast_ref::<String>().cloned();
    let word = || panic.downcast_ref::<&str>().map(ToString::to_string);
    Outcome::Panicked(text.or_else(word).unwrap_or_default())
}

fn failed<R>(error: DispatchError<R>) -> Outcome {
    match error {
        DispatchError::Conflict(conflict) => Outcome::Conflict {
            by: Some(LostTo {
                position: conflict.position.get(),
                r#type: conflict.event_type.as_str().into(),
                tags: conflict
                    .tags
                    .iter()
                    .map(|tag| tag.as_str().into())
                    .collect(),
                rounds: conflict.rounds,
            }),
        },
        DispatchError::Refused(Refusal::Conflict(_)) => Outcome::Conflict { by: None },
        DispatchError::Timeout { operation } => Outcome::Failed(operation.into()),
        DispatchError::OutcomeUnknown { append_id, .. } => Outcome::Unknown {
            append: number(append_id),
        },
        DispatchError::ReadBack { receipt, .. } => read_back(&receipt),
        DispatchError::Store(error) => store_failed(&error),
        DispatchError::Refused(refusal) => Outcome::Unexpected(format!("{refusal:?}")),
        DispatchError::Decode(error) => Outcome::Unexpected(format!("{error:?}")),
        DispatchError::Encode(error) => Outcome::Unexpected(format!("{error:?}")),
        DispatchError::Limit(error) => Outcome::Unexpected(format!("{error:?}")),
        DispatchError::Option(error) => Outcome::Unexpected(format!("{error:?}")),
        _ => Outcome::Unexpected("an error of another kind".into()),
    }
}

fn append_failed(error: AppendError) -> Outcome {
    match error {
        AppendError::Timeout => Outcome::Failed("time ran out".into()),
        AppendError::OutcomeUnknown { append_id, .. } => Outcome::Unknown {
            append: number(append_id),
        },
        AppendError::ReadBack { receipt, .. } => read_back(&receipt),
        AppendError::Store(error) => store_failed(&error),
        error => Outcome::Unexpected(format!("{error:?}")),
    }
}

fn store_failed(error: &StoreError) -> Outcome {
    if is_passing(error) {
        return Outcome::Failed(error.to_string());
    }
    Outcome::Unexpected(format!("{error:?}"))
}
