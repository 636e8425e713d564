//! One command being executed on a stream: its state, as far as it is read, and the steps of a round.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::state::{StreamState, with_key};
use crate::command::IntoEvents;
use crate::commit::{Handover, timed_out};
use crate::decider::Decider;
use crate::error::{AppendError, DispatchError, WrongRevision};
use crate::event::Event;
use crate::log::EventLog;
use crate::log::append::{Written, repeated, stored_events, with_metadata};
use crate::metadata::Metadata;
use crate::name::StreamName;
use crate::rounds::{late, not_asked};
use crate::store::{Answer, AppendRequest, IdempotencyKey, Receipt, Snapshot, StoreError};

/// What one round led to, when it was not an error.
pub(super) enum Round {
    Accepted(Written),
    /// The stream had moved on.
    Lost(WrongRevision),
}

/// What is to be done about the command.
enum Decided<X> {
    Append(AppendRequest),
    /// Nothing is to be written, and nothing remembered.
    Nothing,
    Rejected(X),
    /// It happened before, under its idempotency key.
    Known(Receipt),
}

pub(super) struct Executing<C, T, S, E, X> {
    log: EventLog<C>,
    pub(super) name: StreamName,
    decider: Decider<T, S, E, X>,
    command: T,
    loaded: StreamState<S>,
    pub(super) metadata: Metadata,
    pub(super) key: Option<IdempotencyKey>,
}

impl<C, T, S: Clone, E, X> Executing<C, T, S, E, X> {
    pub(super) fn new(
        log: EventLog<C>,
        name: StreamName,
        decider: Decider<T, S, E, X>,
        command: T,
    ) -> Self {
        Self {
            log,
            name,
            loaded: StreamState::new(&decider),
            decider,
            command,
            metadata: Metadata::new(),
            key: None,
        }
    }
}

impl<C, T, S, E, X> Executing<C, T, S, E, X>
where
    C: 'static,
    T: Send + Sync + 'static,
    S: Clone + Send + Sync + 'static,
    E: Event,
    X: Send + 'static,
{
    /// Loads, folds, decides, and has the decision judged and written. After a lost round it loads what has come since.
    pub(super) async fn round(&mut self, deadline: Instant) -> Result<Round, DispatchError<X>> {
        let decided = match self.load(deadline).await? {
            Some(receipt) => Decided::Known(receipt),
            None => self.decide()?,
        };
        match decided {
            Decided::Append(request) => {
                let request = request.with_id(self.log.ids().append_id());
                self.submit(request, deadline).await
            }
            // The state needs no confirmation: all of it comes from one stream and was read as of one moment, after the
            // command had come. At that moment the stream was at this revision, and the answer was true.
            Decided::Rejected(rejection) => Err(DispatchError::Rejected(rejection)),
            Decided::Nothing => Ok(Round::Accepted(Vec::new().into())),
            Decided::Known(receipt) => {
                let known = repeated(&self.log, self.key.as_ref(), &receipt, deadline);
                Ok(Round::Accepted(known.await?))
            }
        }
    }

    async fn load(&mut self, deadline: Instant) -> Result<Option<Receipt>, DispatchError<X>> {
        let key = self.key.as_ref();
        let load = self
            .loaded
            .catch_up(&self.log, &self.name, key, &self.decider);
        let loaded = timeout_at(deadline, load).await;
        Ok(loaded.map_err(|_| DispatchError::Timeout { operation: "read" })??)
    }

    fn decide(&self) -> Result<Decided<X>, DispatchError<X>> {
        let events = match self.decider.decide(&self.command, &self.loaded.state) {
            Err(rejection) => return Ok(Decided::Rejected(rejection)),
            Ok(events) if events.is_empty() && self.key.is_none() => return Ok(Decided::Nothing),
            Ok(events) => events.into_events().encode_with(self.log.ids())?,
        };
        let events = with_metadata(events, &self.metadata);
        let mut request = AppendRequest::append(events, self.log.now(), self.log.limits())?
            .to_stream(self.name.clone(), self.loaded.expected());
        if let Some(key) = &self.key {
            request = request.with_key(key.clone());
        }
        Ok(Decided::Append(request))
    }

    async fn submit(
        &self,
        request: AppendRequest,
        deadline: Instant,
    ) -> Result<Round, DispatchError<X>> {
        let answer = self.log.committer().append(request.clone(), deadline).await;
        let answer = match answer.map_err(AppendError::from) {
            Ok(answer) => answer,
            Err(AppendError::WrongRevision(wrong)) => return Ok(Round::Lost(wrong)),
            Err(error) => return Err(error.into()),
        };
        Ok(Round::Accepted(
            self.written(request, &answer, deadline).await?,
        ))
    }

    async fn written(
        &self,
        request: AppendRequest,
        answer: &Answer,
        deadline: Instant,
    ) -> Result<Written, AppendError> {
        match answer {
            Answer::Repeated(receipt) => {
                repeated(&self.log, self.key.as_ref(), receipt, deadline).await
            }
            answer => Ok(stored_events(&self.log, request, answer, deadline)
                .await?
                .into()),
        }
    }

    /// Loads what is missing, decides and appends while nobody else can append: this round cannot be lost.
    pub(super) async fn decide_locked(
        mut self,
        deadline: Instant,
    ) -> Result<Written, DispatchError<X>> {
        let (log, key) = (self.log.clone(), self.key.clone());
        let append_id = log.ids().append_id();
        let handover = Arc::new(Handover::default());
        let withdraw = handover.withdraw_on_drop();
        let read = with_key(self.loaded.missing(&self.name), key.as_ref());
        let (tell, told) = oneshot::channel();
        let decide = Box::new(move |snapshot: Snapshot| {
            if handover.is_withdrawn() {
                return None;
            }
            let decided = catch_unwind(AssertUnwindSafe(|| self.decide_on(snapshot)));
            let request = match &decided {
                Ok(Ok(Decided::Append(request))) if handover.hand_over(append_id) => {
                    Some(request.clone().with_id(append_id))
                }
                _ => None,
            };
            // A caller that is gone does not want to know.
            drop(tell.send(decided));
            request
        });
        let answer = match timeout_at(deadline, log.committer().locked(read, decide)).await {
            Err(_) => return Err(late(&withdraw, timed_out())),
            Ok(Err(StoreError::OutcomeUnknown(cause))) => return Err(late(&withdraw, cause)),
            Ok(answer) => answer?,
        };
        let decided = match told.await {
            Ok(Ok(decided)) => decided?,
            Ok(Err(panic)) => resume_unwind(panic),
            Err(_) => return Err(not_asked().into()),
        };
        match (decided, answer) {
            (Decided::Rejected(rejection), _) => Err(DispatchError::Rejected(rejection)),
            (Decided::Nothing, _) => Ok(Vec::new().into()),
            (Decided::Known(receipt), _)
            | (Decided::Append(_), Some(Ok(Answer::Repeated(receipt)))) => {
                Ok(repeated(&log, key.as_ref(), &receipt, deadline).await?)
            }
            (Decided::Append(request), Some(Ok(answer))) => {
                let request = request.with_id(append_id);
                Ok(stored_events(&log, request, &answer, deadline)
                    .await?
                    .into())
            }
            (Decided::Append(_), Some(Err(refusal))) => Err(AppendError::from(refusal).into()),
            (Decided::Append(_), None) => Err(not_asked().into()),
        }
    }

    fn decide_on(&mut self, snapshot: Snapshot) -> Result<Decided<X>, DispatchError<X>> {
        if let Some(receipt) = snapshot.known {
            return Ok(Decided::Known(receipt));
        }
        let unknown = self.log.unknown_types();
        self.loaded.fold(snapshot, unknown, &self.decider)?;
        self.decide()
    }
}
