//! One command being decided: its facts, as far as they are read, and the steps of a round.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use crate::command::Reads;
use crate::commit::{Failure, Handover, cause, timed_out};
use crate::error::{AppendError, Conflict, DecodeError, DispatchError, LimitError};
use crate::event::StoredEvent;
use crate::facts::Context;
use crate::log::EventLog;
use crate::log::append::{stored_events, with_metadata};
use crate::metadata::Metadata;
use crate::position::Position;
use crate::query::Query;
use crate::store::{
    AppendRequest, BrokenGuard, ReadPart, ReadRequest, Refusal, Snapshot, StoreError,
};

/// What one round led to, when it was not an error.
pub(super) enum Round {
    Accepted(Vec<StoredEvent>),
    /// These guards did not hold any more.
    Lost(Vec<BrokenGuard>),
}

/// What the decider answered.
enum Decided<R> {
    Append(AppendRequest),
    Nothing,
    Rejected(R),
}

pub(super) struct Deciding<C, T: Reads<C>> {
    log: EventLog<C>,
    command: T,
    facts: T::Facts,
    context: Context,
    metadata: Metadata,
}

impl<C, T> Deciding<C, T>
where
    C: 'static,
    T: Reads<C> + Send + Sync + 'static,
    T::Error: Send + 'static,
{
    pub(super) fn new(
        log: EventLog<C>,
        command: T,
        metadata: Metadata,
    ) -> Result<Self, LimitError> {
        let facts = command.facts();
        Ok(Self {
            context: Context::new(&facts)?,
            facts,
            log,
            command,
            metadata,
        })
    }

    /// Reads, folds, decides, and has the decision judged and written.
    pub(super) async fn round(
        &mut self,
        deadline: Instant,
    ) -> Result<Round, DispatchError<T::Error>> {
        self.read(deadline).await?;
        let decided = self.decide()?;
        self.submit(decided, deadline).await
    }

    async fn read(&mut self, deadline: Instant) -> Result<(), DispatchError<T::Error>> {
        if self.context.is_empty() {
            return Ok(());
        }
        let snapshot = timeout_at(deadline, self.log.store().read(self.context.request())).await;
        let snapshot = snapshot.map_err(|_| DispatchError::Timeout { operation: "read" })??;
        self.fold(snapshot)?;
        Ok(())
    }

    /// On an error the facts are gone, and the command with them.
    fn fold(&mut self, snapshot: Snapshot) -> Result<(), DecodeError> {
        self.context = std::mem::take(&mut self.context).fold(snapshot)?;
        Ok(())
    }

    fn decide(&self) -> Result<Decided<T::Error>, DispatchError<T::Error>> {
        let states = Arc::unwrap_or_clone(self.context.states::<C, _>(&self.facts));
        let events = match self.command.decide(states) {
            Err(rejection) => return Ok(Decided::Rejected(rejection)),
            Ok(events) if events.is_empty() => return Ok(Decided::Nothing),
            Ok(events) => with_metadata(events.encode_with(self.log.ids())?, &self.metadata),
        };
        let request = AppendRequest::append(events, self.log.now(), self.log.limits())?;
        let request = request.with_id(self.log.ids().append_id());
        Ok(Decided::Append(request.guarded(self.context.guards())))
    }

    /// A decision that appends nothing is judged, too: its facts must still hold when it is answered.
    async fn submit(
        &self,
        decided: Decided<T::Error>,
        deadline: Instant,
    ) -> Result<Round, DispatchError<T::Error>> {
        let request = match &decided {
            Decided::Append(request) => request.clone(),
            Decided::Nothing | Decided::Rejected(_) => AppendRequest::check(self.context.guards()),
        };
        let answer = match self.log.committer().append(request, deadline).await {
            Ok(answer) => answer,
            Err(Failure::Refused(Refusal::Conflict(broken))) => return Ok(Round::Lost(broken)),
            Err(failure) => return Err(AppendError::from(failure).into()),
        };
        match decided {
            Decided::Append(request) => Ok(Round::Accepted(
                stored_events(&self.log, request, &answer, deadline).await?,
            )),
            Decided::Nothing => Ok(Round::Accepted(Vec::new())),
            Decided::Rejected(rejection) => Err(DispatchError::Rejected(rejection)),
        }
    }

    /// Reads what is missing, decides and appends while nobody else can append: this round cannot be lost.
    pub(super) async fn decide_locked(
        mut self,
        deadline: Instant,
    ) -> Result<Vec<StoredEvent>, DispatchError<T::Error>> {
        let log = self.log.clone();
        let append_id = log.ids().append_id();
        let handover = Arc::new(Handover::default());
        let withdraw = handover.withdraw_on_drop();
        let request = self.context.request();
        let (tell, told) = oneshot::channel();
        let decide = Box::new(move |snapshot: Snapshot| {
            if handover.is_withdrawn() {
                return None;
            }
            let decided = catch_unwind(AssertUnwindSafe(|| {
                self.fold(snapshot)?;
                self.decide()
            }));
            let request = match &decided {
                Ok(Ok(Decided::Append(request))) if handover.hand_over() => {
                    Some(request.clone().with_id(append_id))
                }
                _ => None,
            };
            // A caller that is gone does not want to know.
            drop(tell.send(decided));
            request
        });
        let answer = match timeout_at(deadline, log.committer().locked(request, decide)).await {
            Err(_) if withdraw.now() => return Err(DispatchError::Timeout { operation: "lock" }),
            Err(_) => {
                let cause = timed_out();
                return Err(DispatchError::OutcomeUnknown { append_id, cause });
            }
            Ok(Err(StoreError::OutcomeUnknown(cause))) => {
                return Err(DispatchError::OutcomeUnknown { append_id, cause });
            }
            Ok(answer) => answer?,
        };
        let decided = match told.await {
            Ok(Ok(decided)) => decided?,
            Ok(Err(panic)) => resume_unwind(panic),
            Err(_) => return Err(not_asked().into()),
        };
        match (decided, answer) {
            (Decided::Rejected(rejection), _) => Err(DispatchError::Rejected(rejection)),
            (Decided::Nothing, _) => Ok(Vec::new()),
            (Decided::Append(request), Some(Ok(answer))) => {
                Ok(stored_events(&log, request.with_id(append_id), &answer, deadline).await?)
            }
            (Decided::Append(_), Some(Err(refusal))) => Err(DispatchError::Refused(refusal)),
            (Decided::Append(_), None) => Err(not_asked().into()),
        }
    }

    /// The error for a command that lost its last round: which event changed which fact. When that event cannot be
    /// read in time, it is the store's word alone.
    pub(super) async fn explain(
        &self,
        broken: Vec<BrokenGuard>,
        rounds: u32,
        deadline: Instant,
    ) -> DispatchError<T::Error> {
        let Some(first) = broken.iter().min_by_key(|broken| broken.position) else {
            return DispatchError::Refused(Refusal::Conflict(broken));
        };
        let before = Position::new(first.position.get().saturating_sub(1));
        let part = ReadPart::query(Query::all())
            .after(before)
            .to(first.position);
        let read = timeout_at(deadline, self.log.store().read(ReadRequest::new([part]))).await;
        let event = read
            .ok()
            .and_then(Result::ok)
            .and_then(|snapshot| snapshot.parts.into_iter().flatten().next());
        match event {
            None => DispatchError::Refused(Refusal::Conflict(broken)),
            Some(event) => DispatchError::Conflict(Conflict {
                fact: self.context.fact_name(first.guard),
                position: event.position,
                event_type: event.event_type,
                tags: event.tags,
                rounds,
            }),
        }
    }
}

fn not_asked() -> StoreError {
    StoreError::Other(cause(
        "the store did not do what was decided under its lock",
    ))
}
