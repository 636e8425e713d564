//! One command being decided: its facts, what it decided on them, and what is told about it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};
use tracing::{Instrument, Span};

use super::entry::{Entry, Fresh};
use super::planted::Fault;
use super::reading::{own_context, read_unknown, refresh, snapshot};
use crate::command::Reads;
use crate::commit::{Decision, Failure, Handover, Job, Turn, timed_out};
use crate::error::{AppendError, Conflict, DispatchError, LimitError};
use crate::facts::{Folded, Leaves, States};
use crate::id::AppendId;
use crate::log::EventLog;
use crate::log::append::{Written, repeated, stored_events, with_metadata};
use crate::metadata::Metadata;
use crate::observe;
use crate::position::Position;
use crate::query::Query;
use crate::rounds::{late, not_asked};
use crate::store::{
    Answer, AppendRequest, BrokenGuard, Guard, IdempotencyKey, ReadPart, ReadRequest, Receipt,
    Refusal, Snapshot, StoreError, needed,
};

/// What one round led to, when it was not an error.
pub(super) enum Round {
    Accepted(Written),
    /// These guards did not hold any more.
    Lost(Vec<BrokenGuard>),
    /// Too little was known of the facts, which is read now.
    Unread,
}

/// What the decider answered.
enum Decided<R> {
    Append(AppendRequest),
    /// Nothing is to be written.
    Nothing,
    Rejected(R),
    Failed(DispatchError<R>),
    Panicked(Box<dyn Any + Send>),
}

/// A command with its facts. It goes to the log's thread to be decided, and comes back with what is told about it.
pub(super) struct Deciding<C, T: Reads<C>> {
    log: EventLog<C>,
    command: T,
    facts: T::Facts,
    entries: Vec<Arc<Entry>>,
    /// The numbers of those that each guard is for.
    guarded: Vec<usize>,
    /// The numbers of those that were taken for empty in this round.
    assumed: Vec<usize>,
    /// The numbers of those that were known before this round.
    remembered: Vec<usize>,
    /// Whether a fact is known only as of a moment before the command came: to lose with it is no lost race.
    is_from_memory: bool,
    has_read_again: bool,
    metadata: Metadata,
    key: Option<IdempotencyKey>,
    handover: Arc<Handover>,
    /// That of the dispatch.
    span: Span,
    decided: Option<Decided<T::Error>>,
    back: Option<oneshot::Sender<(Box<Self>, Turn)>>,
}

type Told<C, T> = Result<(Box<Deciding<C, T>>, Round), DispatchError<<T as crate::Command>::Error>>;

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
        key: Option<IdempotencyKey>,
    ) -> Result<Box<Self>, LimitError> {
        let facts = command.facts();
        let mut deciding = Box::new(Self {
            entries: Vec::new(),
            guarded: Vec::new(),
            facts,
            log,
            command,
            assumed: Vec::new(),
            remembered: Vec::new(),
            is_from_memory: false,
            has_read_again: false,
            metadata,
            key,
            handover: Arc::default(),
            span: Span::current(),
            decided: None,
            back: None,
        });
        deciding.find_entries()?;
        Ok(deciding)
    }

    pub(super) fn log(&self) -> &EventLog<C> {
        &self.log
    }

    fn find_entries(&mut self) -> Result<(), LimitError> {
        let facts = Leaves::of(&self.facts).into_iter();
        let entries = facts.map(|fact| self.log.cache().entry(fact));
        self.entries = entries.collect::<Result<_, _>>()?;
        Ok(())
    }

    /// Reads what nothing is known of, decides, and has the decision judged and written.
    pub(super) async fn round(mut self: Box<Self>, deadline: Instant) -> Told<C, T> {
        let found = read_unknown(&self.log, &self.entries, self.key.as_ref(), deadline).await?;
        let is_remembered = !found.assumed.is_empty() || !found.remembered.is_empty();
        self.is_from_memory = is_remembered && !self.has_read_again;
        (self.assumed, self.remembered) = (found.assumed, found.remembered);
        if let Some(receipt) = found.known {
            let written = self.repeated(&receipt, deadline).await?;
            return Ok((self, Round::Accepted(written)));
        }
        let log = self.log.clone();
        let handover = Arc::new(Handover::default());
        self.handover = handover.clone();
        let (back, told) = oneshot::channel();
        self.back = Some(back);
        let committer = log.committer();
        let told = committer.decide(self, handover, told, deadline);
        let (deciding, turn) = told.await.map_err(AppendError::from)?;
        deciding.told(turn, deadline).await
    }

    /// What the log's thread has told.
    async fn told(mut self: Box<Self>, turn: Turn, deadline: Instant) -> Told<C, T> {
        let answer = match turn {
            Turn::Judged(Ok(answer)) => answer,
            Turn::Judged(Err(Failure::Refused(Refusal::Conflict(broken)))) => {
                let round = self.lost(broken, deadline).await?;
                return Ok((self, round));
            }
            Turn::Judged(Err(failure)) => return Err(AppendError::from(failure).into()),
            Turn::Stale => {
                self.renew(deadline).await?;
                return Ok((self, Round::Unread));
            }
            Turn::Failed => return self.failed(deadline).await,
            Turn::Undecodable(error) => {
                self.decided = Some(Decided::Failed(error.into()));
                return self.failed(deadline).await;
            }
            Turn::Panicked(panic) => {
                self.decided = Some(Decided::Panicked(panic));
                return self.failed(deadline).await;
            }
        };
        self.learn(|_| true);
        let written = match (self.decided.take(), answer) {
            (_, Answer::Repeated(receipt)) => self.repeated(&receipt, deadline).await?,
            (Some(Decided::Append(request)), answer) => {
                let events = stored_events(&self.log, request, &answer, deadline).await?;
                events.into()
            }
            (Some(Decided::Rejected(rejection)), _) => {
                return Err(DispatchError::Rejected(rejection));
            }
            _ => Vec::new().into(),
        };
        Ok((self, Round::Accepted(written)))
    }

    /// A round was lost, unless nobody had looked at the facts since the command came. From here on a broken guard goes by
    /// the number of its fact.
    async fn lost(
        &mut self,
        mut broken: Vec<BrokenGuard>,
        deadline: Instant,
    ) -> Result<Round, DispatchError<T::Error>> {
        for each in &mut broken {
            each.guard = self.guarded.get(each.guard).copied().unwrap_or(each.guard);
        }
        let is_broken = |number: usize| broken.iter().any(|it| it.guard == number);
        self.learn(|number| !is_broken(number));
        let is_lost = !self.is_from_memory;
        let conflict = self.conflict(&broken, is_lost);
        if is_lost {
            self.log.cache().counters.lost_rounds.one_more();
            return Ok(Round::Lost(broken));
        }
        self.read_again(&broken, deadline)
            .instrument(conflict)
            .await?;
        Ok(Round::Unread)
    }

    /// What is told about a conflict.
    fn conflict(&self, broken: &[BrokenGuard], is_lost: bool) -> Span {
        let first = broken.iter().min_by_key(|broken| broken.position);
        let entry = first.and_then(|first| self.entries.get(first.guard));
        let fact = entry.map_or("", |entry| entry.leaf.fact.name());
        observe::conflict(fact, first.map_or(0, |first| first.position.get()), is_lost)
    }

    /// Reads what came behind the facts: what has changed one of them, and what may have changed the others.
    pub(super) async fn read_again(
        &mut self,
        broken: &[BrokenGuard],
        deadline: Instant,
    ) -> Result<(), DispatchError<T::Error>> {
        let to = broken
            .iter()
            .map(|it| it.position)
            .max()
            .unwrap_or_default();
        self.has_read_again = true;
        if self.log.planted().has(Fault::KeptAfterConflict) {
            for entry in &self.entries {
                let (after, events) = (entry.folded_to().unwrap_or_default(), Vec::new());
                entry.bring(Fresh::Later { after, to, events });
            }
            return Ok(());
        }
        Ok(refresh(&self.log, &self.entries, to, deadline).await?)
    }

    /// What was taken for empty, and what was known before, was so, or was not.
    fn learn(&mut self, rightly: impl Fn(usize) -> bool) {
        let cache = self.log.cache();
        let past = |number: usize| cache.past(&self.entries[number].leaf.fact);
        for &number in &self.assumed {
            past(number).empty.was(rightly(number));
            if !rightly(number) {
                cache.counters.assumed_wrongly.one_more();
            }
        }
        for &number in &self.remembered {
            past(number).outdated.was(!rightly(number));
        }
        self.assumed.clear();
        self.remembered.clear();
    }

    /// Too little was known of the facts: what came behind those that are known is read.
    async fn renew(&mut self, deadline: Instant) -> Result<(), DispatchError<T::Error>> {
        if self
            .entries
            .iter()
            .any(|it| !self.log.cache().is_current(it))
        {
            self.find_entries()?;
        }
        let to = self.log.info().head();
        refresh(&self.log, &self.entries, to, deadline).await?;
        Ok(())
    }

    /// It could not be decided, or not been encoded. When it has happened already, that does not matter.
    async fn failed(mut self: Box<Self>, deadline: Instant) -> Told<C, T> {
        if let Some(key) = &self.key {
            let request = ReadRequest::default().with_key(key.key());
            if let Some(receipt) = snapshot(&self.log, request, deadline).await?.known {
                let written = self.repeated(&receipt, deadline).await?;
                return Ok((self, Round::Accepted(written)));
            }
        }
        match self.decided.take() {
            Some(Decided::Failed(error)) => Err(error),
            Some(Decided::Panicked(panic)) => self.panic(panic),
            _ => Err(not_asked().into()),
        }
    }

    /// A panic of the decider, or of a fold, is its caller's.
    fn panic(&self, panic: Box<dyn Any + Send>) -> ! {
        observe::panicked(T::NAME);
        self.log.cache().counters.panics.one_more();
        resume_unwind(panic)
    }

    /// The first outcome under the idempotency key, if it was the same command.
    async fn repeated(
        &mut self,
        receipt: &Receipt,
        deadline: Instant,
    ) -> Result<Written, DispatchError<T::Error>> {
        Ok(repeated(&self.log, self.key.as_ref(), receipt, deadline).await?)
    }

    /// Decides on states that hold behind these guards.
    fn decide_on(&self, states: &[Folded], guards: Vec<Guard>) -> Decided<T::Error> {
        let decide = || {
            let states = States::of::<C, _>(&self.facts, states);
            let events = match self.command.decide(Arc::unwrap_or_clone(states)) {
                Err(rejection) => return Ok(Decided::Rejected(rejection)),
                Ok(events) if events.is_empty() && self.key.is_none() => {
                    return Ok(Decided::Nothing);
                }
                Ok(events) => with_metadata(events.encode_with(self.log.ids())?, &self.metadata),
            };
            let request = AppendRequest::append(events, self.log.now(), self.log.limits())?;
            Ok(Decided::Append(self.named(request.guarded(guards))))
        };
        let _entered = self.span.enter();
        let _deciding = observe::decide(T::NAME).entered();
        let (began, counters) = (Instant::now(), &self.log.cache().counters);
        let decided = catch_unwind(AssertUnwindSafe(decide));
        let within = began.elapsed();
        observe::decided(T::NAME, within);
        if within >= observe::SLOW_DECISION {
            counters.slow_decisions.one_more();
        }
        match decided {
            Ok(Ok(decided)) => decided,
            Ok(Err(error)) => Decided::Failed(error),
            Err(panic) => Decided::Panicked(panic),
        }
    }

    /// The request under a new append id, since an old one may be void, and under the command's idempotency key.
    fn named(&self, request: AppendRequest) -> AppendRequest {
        let request = request.with_id(self.log.ids().append_id());
        match &self.key {
            Some(key) => request.with_key(key.clone()),
            None => request,
        }
    }

    /// Reads what is missing, decides and appends while nobody else can append: this round cannot be lost.
    pub(super) async fn decide_locked(
        self: Box<Self>,
        deadline: Instant,
    ) -> Result<Written, DispatchError<T::Error>> {
        let log = self.log.clone();
        log.cache().counters.locked.one_more();
        let context = own_context(&log, &self.entries, deadline).await?;
        let mut request = context.request();
        if let Some(key) = &self.key {
            request = request.with_key(key.key());
        }
        let handover = Arc::new(Handover::default());
        let withdraw = handover.withdraw_on_drop();
        let (tell, told) = oneshot::channel();
        let decide = Box::new(move |mut snapshot: Snapshot| {
            if handover.is_withdrawn() {
                return None;
            }
            let known = snapshot.known.take();
            let decided = if known.is_some() {
                Decided::Nothing
            } else {
                let folded = catch_unwind(AssertUnwindSafe(|| context.fold(snapshot)));
                match folded {
                    Ok(Ok(context)) => self.decide_on(context.folded(), context.guards()),
                    Ok(Err(error)) => Decided::Failed(error.into()),
                    Err(panic) => Decided::Panicked(panic),
                }
            };
            let request = match &decided {
                Decided::Append(request) if handover.hand_over(request.append_id()) => {
                    Some(request.clone())
                }
                _ => None,
            };
            // A caller that is gone does not want to know.
            drop(tell.send((self, known, decided)));
            request
        });
        let answer = match timeout_at(deadline, log.committer().locked(request, decide)).await {
            Err(_) => return Err(late(&withdraw, timed_out())),
            Ok(Err(StoreError::OutcomeUnknown(cause))) => return Err(late(&withdraw, cause)),
            Ok(Err(error)) => {
                log.cache().doubt(&error);
                return Err(error.into());
            }
            Ok(Ok(answer)) => answer,
        };
        let Ok((mut deciding, known, decided)) = told.await else {
            return Err(not_asked().into());
        };
        if let Some(receipt) = known {
            return deciding.repeated(&receipt, deadline).await;
        }
        match (decided, answer) {
            (Decided::Rejected(rejection), _) => Err(DispatchError::Rejected(rejection)),
            (Decided::Nothing, _) => Ok(Vec::new().into()),
            (Decided::Failed(error), _) => Err(error),
            (Decided::Panicked(panic), _) => deciding.panic(panic),
            (Decided::Append(_), Some(Ok(Answer::Repeated(receipt)))) => {
                deciding.repeated(&receipt, deadline).await
            }
            (Decided::Append(request), Some(Ok(answer))) => {
                Ok(stored_events(&log, request, &answer, deadline)
                    .await?
                    .into())
            }
            (Decided::Append(_), Some(Err(refusal))) => Err(DispatchError::Refused(refusal)),
            (Decided::Append(_), None) => Err(not_asked().into()),
        }
    }

    /// The error for a command that lost its last round: which event changed which fact. When that event cannot be
    /// read in time, it is the store's word alone.
    pub(super) async fn explain(
        self: Box<Self>,
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
        let read = snapshot(&self.log, ReadRequest::new([part]), deadline).await;
        let event = read
            .ok()
            .and_then(|snapshot| snapshot.parts.into_iter().flatten().next());
        match (event, self.entries.get(first.guard)) {
            (Some(event), Some(entry)) => DispatchError::Conflict(Conflict {
                fact: entry.leaf.fact.name(),
                fact_tags: entry
                    .leaf
                    .query
                    .matched_tags(&event.event_type, &event.tags),
                position: event.position,
                event_type: event.event_type,
                tags: event.tags,
                rounds,
            }),
            _ => DispatchError::Refused(Refusal::Conflict(broken)),
        }
    }
}

impl<C, T> Job for Deciding<C, T>
where
    C: 'static,
    T: Reads<C> + Send + Sync + 'static,
    T::Error: Send + 'static,
{
    fn entries(&self) -> &[Arc<Entry>] {
        &self.entries
    }

    fn key(&self) -> Option<&str> {
        self.key.as_ref().map(IdempotencyKey::key)
    }

    fn is_withdrawn(&self) -> bool {
        self.handover.is_withdrawn()
    }

    fn hand_over(&self, append_id: AppendId) -> bool {
        self.handover.hand_over(append_id)
    }

    fn take_back(&self) {
        self.handover.take_back();
    }

    fn decide(&mut self, states: &[Folded], guards: Vec<Guard>) -> Decision {
        self.guarded = needed(&guards);
        let guards: Vec<Guard> = self.guarded.iter().map(|&i| guards[i].clone()).collect();
        let decided = self.decide_on(states, guards.clone());
        let decision = match &decided {
            Decided::Append(request) => Decision::Judge(request.clone()),
            Decided::Rejected(_) if self.log.planted().has(Fault::RejectedUnconfirmed) => {
                Decision::Done(Turn::Judged(Ok(Answer::Confirmed)))
            }
            Decided::Nothing | Decided::Rejected(_) if guards.is_empty() && self.key.is_none() => {
                Decision::Done(Turn::Judged(Ok(Answer::Confirmed)))
            }
            // What appends nothing is judged, too: its facts must still hold when it is answered.
            Decided::Nothing | Decided::Rejected(_) => {
                Decision::Judge(self.named(AppendRequest::check(guards)))
            }
            Decided::Failed(_) | Decided::Panicked(_) => Decision::Done(Turn::Failed),
        };
        self.decided = Some(decided);
        decision
    }

    fn answer(mut self: Box<Self>, turn: Turn) {
        if let Some(back) = self.back.take() {
            // A caller that is gone does not want to know.
            drop(back.send((self, turn)));
        }
    }
}
