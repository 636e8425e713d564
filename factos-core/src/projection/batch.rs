//! Applies what was read: at once, and where that fails event by event.

use std::slice;

use super::apply::{Attempt, Beside};
use super::error::{in_full, undecodable};
use super::event::{decode_guarded, failed_on, parked_event};
use super::work::{Leased, given_up};
use super::{OnFailure, Projection, ProjectionError};
use crate::checkpoint::Checkpoint;
use crate::error::DecodeError;
use crate::event::{Recorded, StoredEvent};
use crate::id::EventId;
use crate::observe;
use crate::position::Position;
use crate::read_model::{Parked, ReadModel, answered};
use crate::store::{ReadPart, ReadRequest, StoreError};
use crate::subscription::{Batch, anchor};

/// The most events that are applied in the transaction in which a version goes live.
const MOST_MISSING: u64 = 1_000;

impl<M: ReadModel, P: Projection<M::Connection>> Leased<'_, P, M> {
    /// Applies a batch: all at once, and when that fails one event after the other, so that what is in order is kept.
    pub(super) async fn take(&mut self, batch: Batch) -> Result<(), ProjectionError> {
        if batch.events.is_empty() {
            self.passed(batch.checkpoint);
            return Ok(());
        }
        self.report.read(&batch.events);
        // What cannot be decoded is met again, alone.
        if let Ok(events) = self.decode(&batch.events) {
            match self.commit(&events, batch.checkpoint).await {
                Ok(()) => return Ok(()),
                Err(Attempt::Failed(_)) => observe::batch_failed(P::NAME, events.len()),
                Err(attempt) => return Err(given_up(attempt)),
            }
        }
        let Some(last) = batch.events.last() else {
            return Ok(());
        };
        for event in &batch.events {
            if self.stop.is_given() {
                return Err(ProjectionError::Stopped);
            }
            let to = if event.position == last.position {
                batch.checkpoint
            } else {
                self.at.at(event.position, Some(event.id))
            };
            self.take_one(event, to).await?;
        }
        Ok(())
    }

    /// Applies an event in a transaction of its own, as often as it may be tried.
    async fn take_one(
        &mut self,
        event: &StoredEvent,
        to: Checkpoint,
    ) -> Result<(), ProjectionError> {
        self.report.read(slice::from_ref(event));
        let decoded = match self.decode(slice::from_ref(event)) {
            Ok(decoded) => decoded,
            Err(error) => {
                let failed = undecodable(error);
                self.report.failed(&failed);
                return self.give_up(event, to, failed).await;
            }
        };
        let options = self.work.applier.options;
        let mut attempts = 0;
        loop {
            let failure = match self.commit(&decoded, to).await {
                Ok(()) => return Ok(()),
                Err(Attempt::Failed(failure)) => failure,
                Err(attempt) => return Err(given_up(attempt)),
            };
            attempts += 1;
            let failed = failed_on(event, attempts, failure);
            self.report.failed(&failed);
            if attempts >= options.attempts {
                return self.give_up(event, to, failed).await;
            }
            tokio::select! {
                biased;
                () = self.stop.stopped() => return Err(ProjectionError::Stopped),
                () = tokio::time::sleep(options.pause(attempts)) => {}
            }
        }
    }

    /// Parks an event that cannot be applied, or ends with it.
    async fn give_up(
        &mut self,
        event: &StoredEvent,
        to: Checkpoint,
        failed: ProjectionError,
    ) -> Result<(), ProjectionError> {
        if self.work.applier.options.on_failure == OnFailure::Stop {
            return Err(failed);
        }
        let parked = parked_event(event, &failed, self.work.log.now());
        let beside = Beside::Park {
            parked: &parked,
            from: self.saved().position,
            to,
        };
        self.transact(&[], beside).await.map_err(given_up)?;
        observe::parked(P::NAME, event.position.get());
        self.report.parked(&failed);
        self.moved(to);
        Ok(())
    }

    /// Applies the parked events again that somebody asks for.
    pub(super) async fn retry_parked(&mut self) -> Result<(), ProjectionError> {
        let model = &self.work.applier.model;
        let parked = answered(model.parked(P::NAME, P::VERSION)).await?;
        for parked in parked.into_iter().filter(|parked| parked.is_to_retry) {
            if self.stop.is_given() {
                break;
            }
            self.retry(parked).await?;
        }
        Ok(())
    }

    async fn retry(&mut self, parked: Parked) -> Result<(), ProjectionError> {
        let event = anchor::event_at(&self.work.log, parked.position).await?;
        let event = event.filter(|event| event.id == parked.event);
        let outcome = match event
            .as_ref()
            .map(|event| self.decode(slice::from_ref(event)))
        {
            None => Err(Attempt::Failed(
                "the event is not in the log any more".into(),
            )),
            Some(Err(error)) => Err(Attempt::Failed(error.into())),
            Some(Ok(events)) => {
                let beside = Beside::Unpark(parked.position);
                self.transact(&events, beside).await
            }
        };
        match outcome {
            // When the lease is lost the next transaction finds it; or somebody has dropped what was parked meanwhile.
            Ok(()) | Err(Attempt::LeaseLost) => Ok(()),
            Err(Attempt::Failed(failure)) => {
                let again = Parked {
                    error: in_full(&*failure),
                    attempts: parked.attempts.saturating_add(1),
                    at: self.work.log.now(),
                    is_to_retry: false,
                    ..parked
                };
                let noted = self.transact(&[], Beside::ParkAgain(&again)).await;
                noted.map_err(given_up)
            }
            Err(attempt) => Err(given_up(attempt)),
        }
    }

    /// The events that it has not applied up to a position that another version has come to; `None` when they are many, or one
    /// cannot be decoded.
    pub(super) async fn missing(
        &self,
        ahead: Position,
    ) -> Result<Option<Vec<Recorded<P::Event>>>, ProjectionError> {
        let part = ReadPart::query(self.work.query.clone());
        let part = part
            .after(self.saved().position)
            .to(ahead)
            .limit(MOST_MISSING);
        let snapshot = anchor::read(&self.work.log, ReadRequest::new([part])).await?;
        if snapshot.head < ahead {
            let (seen, head) = (ahead, snapshot.head);
            return Err(StoreError::Rewound { seen, head }.into());
        }
        let events: Vec<StoredEvent> = snapshot.parts.into_iter().flatten().collect();
        if events.len() as u64 >= MOST_MISSING {
            return Ok(None);
        }
        Ok(self.decode(&events).ok())
    }

    /// The id of the event at a position.
    pub(super) async fn event_at(
        &self,
        position: Position,
    ) -> Result<Option<EventId>, ProjectionError> {
        let event = anchor::event_at(&self.work.log, position).await?;
        Ok(event.map(|event| event.id))
    }

    /// The events of a type that it knows.
    fn decode(&self, events: &[StoredEvent]) -> Result<Vec<Recorded<P::Event>>, DecodeError> {
        decode_guarded(events, self.work.log.unknown_types())
    }
}
