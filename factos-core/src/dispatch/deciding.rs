//! One command being decided: its facts, the steps of a round, and what is told about them.

use std::any::Any;
use std::panic::resume_unwind;
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::time::Instant;
use tracing::{Instrument, Span};

use super::entry::{Entry, Fresh};
use super::planted::Fault;
use super::reading::{read_unknown, refresh, snapshot};
use crate::command::Reads;
use crate::commit::{Failure, Handover, Turn};
use crate::error::{AppendError, Conflict, DispatchError, LimitError};
use crate::facts::Leaves;
use crate::log::EventLog;
use crate::log::append::{Written, repeated, stored_events};
use crate::metadata::Metadata;
use crate::observe;
use crate::position::Position;
use crate::query::Query;
use crate::rounds::not_asked;
use crate::store::{
    Answer, AppendRequest, BrokenGuard, IdempotencyKey, ReadPart, ReadRequest, Receipt, Refusal,
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
pub(super) enum Decided<R> {
    Append(AppendRequest),
    /// Nothing is to be written.
    Nothing,
    Rejected(R),
    Failed(DispatchError<R>),
    Panicked(Box<dyn Any + Send>),
}

/// A command with its facts. It goes to the log's thread to be decided, and comes back with what is told about it.
pub(super) struct Deciding<C, T: Reads<C>> {
    pub(super) log: EventLog<C>,
    pub(super) command: T,
    pub(super) facts: T::Facts,
    pub(super) entries: Vec<Arc<Entry>>,
    /// The numbers of those that each guard is for.
    pub(super) guarded: Vec<usize>,
    /// The numbers of those that were taken for empty in this round.
    assumed: Vec<usize>,
    /// The numbers of those that were known before this round.
    remembered: Vec<usize>,
    /// Whether a fact is known only as of a moment before the command came: to lose with it is no lost race.
    is_from_memory: bool,
    has_read_again: bool,
    pub(super) metadata: Metadata,
    pub(super) key: Option<IdempotencyKey>,
    pub(super) handover: Arc<Handover>,
    /// That of the dispatch.
    pub(super) span: Span,
    pub(super) decided: Option<Decided<T::Error>>,
    pub(super) back: Option<oneshot::Sender<(Box<Self>, Turn)>>,
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

    pub(super) fn find_entries(&mut self) -> Result<(), LimitError> {
        let facts = Leaves::of(&self.facts).into_iter();
        let entries = facts.map(|fact| self.log.cache().entry(fact));
        self.entries = entries.collect::<Result<_, _>>()?;
        Ok(())
    }

    /// Reads what nothing is known of, decides, and has the decision judged and written.
    pub(super) async fn round(mut self: Box<Self>, deadline: Instant) -> Told<C, T> {
        let found = read_unknown(&self.log, &self.entries, self.key.as_ref(), deadline).await?;
        let is_remembered =
            !found.assumed.is_empty() || !found.remembered.is_empty() || found.is_from_others;
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
            // An imported event that a state in memory does not know of: stores ask for ids before guards.
            Turn::Judged(Err(Failure::Refused(Refusal::DuplicateEventId(_))))
                if self.is_from_memory =>
            {
                self.read_again(&[], deadline).await?;
                return Ok((self, Round::Unread));
            }
            Turn::Judged(Err(failure)) => return Err(AppendError::from(failure).into()),
            Turn::Stale => {
                self.renew(deadline).await?;
                return Ok((self, Round::Unread));
            }
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
            (Some(Decided::Failed(error)), _) => return Err(error),
            (Some(Decided::Panicked(panic)), _) => self.panic(panic),
            (Some(Decided::Nothing) | None, _) => Vec::new().into(),
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
        // Nothing was asked about those whose guards were left out.
        let guarded = std::mem::take(&mut self.guarded);
        self.assumed.retain(|number| guarded.contains(number));
        self.remembered.retain(|number| guarded.contains(number));
        self.guarded = guarded;
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
        // Nothing was asked about those whose guards were left out: they may have changed later.
        let left_out = |number: &usize| !self.guarded.contains(number);
        let left_out: Vec<Arc<Entry>> = (0..self.entries.len())
            .filter(left_out)
            .map(|number| self.entries[number].clone())
            .collect();
        let is_old = |entry: &Entry| {
            let is_left_out = left_out
                .iter()
                .any(|it| std::ptr::eq(&raw const **it, entry));
            is_left_out || entry.known_to().is_none_or(|known| known < to)
        };
        Ok(refresh(&self.log, &self.entries, is_old, deadline).await?)
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
        let is_old = |entry: &Entry| entry.known_to().is_none_or(|known| known < to);
        Ok(refresh(&self.log, &self.entries, is_old, deadline).await?)
    }

    /// A fact could not be folded. When the command has happened already, that does not matter.
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
    pub(super) fn panic(&self, panic: Box<dyn Any + Send>) -> ! {
        observe::panicked(T::NAME);
        self.log.cache().counters.panics.one_more();
        resume_unwind(panic)
    }

    /// The first outcome under the idempotency key, if it was the same command.
    pub(super) async fn repeated(
        &mut self,
        receipt: &Receipt,
        deadline: Instant,
    ) -> Result<Written, DispatchError<T::Error>> {
        Ok(repeated(&self.log, self.key.as_ref(), receipt, deadline).await?)
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
