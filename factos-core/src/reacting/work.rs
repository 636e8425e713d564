//! A reactor at work: under a lease, from its checkpoint on.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use super::handle::Handler;
use super::window::Window;
use super::{AsyncReactor, Start};
use crate::checkpoint::Checkpoint;
use crate::event::StoredEvent;
use crate::log::AnyConnection;
use crate::observe;
use crate::projection::{LeaseKeeper, OnFailure, ProjectionError, Tables, parked_event};
use crate::query::Query;
use crate::read_model::{
    Claim, Consumer, Lease, Parked, Phase, ReadModel, ReadModelTransaction, answered,
};
use crate::runner::{Part, PartContext, PartState, Report, Stop};
use crate::store::{BoxFuture, ReadRequest, StoreError};
use crate::subscription::{Batch, Feed, anchor};

/// How long what is done waits to be saved while more is being handled: it is handled again after a crash.
const SAVE_WITHIN: Duration = Duration::from_millis(20);

/// How many events are looked at for each one that is handled.
const AHEAD: usize = 8;

/// A reactor as a part of a runner.
pub(crate) struct ReactorPart<R, M> {
    pub(super) handler: Handler<R>,
    pub(super) model: M,
    pub(super) query: Query,
    /// Who has the lease.
    owner: Uuid,
}

impl<R: AsyncReactor, M: ReadModel> ReactorPart<R, M> {
    pub(crate) fn new(handler: Handler<R>, model: M, query: Query) -> Self {
        Self {
            handler,
            model,
            query,
            owner: Uuid::now_v7(),
        }
    }
}

impl<R: AsyncReactor, M: ReadModel> Part for ReactorPart<R, M> {
    fn name(&self) -> &'static str {
        R::NAME
    }

    fn version(&self) -> u32 {
        VERSION
    }

    fn run<'a>(&'a self, context: &'a PartContext) -> BoxFuture<'a, Result<(), ProjectionError>> {
        Box::pin(self.work(context))
    }
}

/// A reactor has one version: a change of it repeats no effect.
pub(crate) const VERSION: u32 = 1;

/// What a reactor is called in a read model, so that a projection may have its name.
pub(crate) fn consumer_name<R: AsyncReactor>() -> String {
    format!("reactor {}", R::NAME)
}

impl<R: AsyncReactor, M: ReadModel> ReactorPart<R, M> {
    async fn work(&self, context: &PartContext) -> Result<(), ProjectionError> {
        loop {
            match self.ask(context).await {
                Ok(Some(leased)) => match leased.run().await {
                    Err(ProjectionError::LeaseLost) => {}
                    outcome => return outcome,
                },
                Ok(None) => {}
                // Where there is one writer, a long transaction of whoever has the lease holds it.
                Err(ProjectionError::Store(StoreError::Busy(_))) => {
                    context.report.turn(PartState::Waiting);
                }
                Err(error) => return Err(error),
            }
            tokio::select! {
                biased;
                () = context.stop.stopped() => return Ok(()),
                () = tokio::time::sleep(context.until_asked_again()) => {}
            }
        }
    }

    /// Asks for the lease.
    async fn ask<'w>(
        &'w self,
        context: &'w PartContext,
    ) -> Result<Option<Box<Leased<'w, R, M>>>, ProjectionError> {
        let consumer = Consumer {
            name: consumer_name::<R>(),
            version: VERSION,
            tables: Vec::new(),
            start: self.start().await?,
        };
        let claim = answered(self.model.claim(&consumer, self.owner, context.lease)).await?;
        let (lease, checkpoint, phase) = match claim {
            Claim::Held {
                lease,
                checkpoint,
                phase,
            } => (lease, checkpoint, phase),
            Claim::Taken { position } => {
                context.report.waits(position);
                return Ok(None);
            }
            Claim::Superseded { by } => return Err(ProjectionError::Superseded { by }),
        };
        if let Err(error) = anchor::is_of(&checkpoint, self.handler.log.info()) {
            answered(self.model.release(&lease)).await?;
            return Err(error.into());
        }
        observe::leased(R::NAME, VERSION, checkpoint.position.get());
        Ok(Some(Box::new(Leased {
            keeper: LeaseKeeper::start(self.model.clone(), lease.clone(), checkpoint.position),
            part: self,
            lease,
            phase,
            saved: checkpoint,
            window: Window::new(checkpoint),
            report: &context.report,
            stop: &context.stop,
        })))
    }

    /// Where it begins if it is not known yet.
    async fn start(&self) -> Result<Checkpoint, ProjectionError> {
        let start = Checkpoint::start(self.handler.log.info().identity());
        Ok(match self.handler.options.start {
            Start::Beginning => start,
            Start::Now => {
                let now = anchor::read(&self.handler.log, ReadRequest::default()).await?;
                start.at(now.head, now.head_event)
            }
        })
    }
}

/// A reactor at work under a lease.
struct Leased<'w, R, M: ReadModel> {
    part: &'w ReactorPart<R, M>,
    lease: Lease,
    keeper: LeaseKeeper,
    phase: Phase,
    /// The checkpoint in the read model.
    saved: Checkpoint,
    window: Window,
    report: &'w Report,
    stop: &'w Stop,
}

/// What is to be done next.
enum Next {
    Stop,
    LeaseLost,
    Retry,
    Handled(Arc<StoredEvent>, Result<(), ProjectionError>),
    Save,
    Batch(Batch),
}

type Handling<'w> = BoxFuture<'w, (Arc<StoredEvent>, Result<(), ProjectionError>)>;

impl<'w, R: AsyncReactor, M: ReadModel> Leased<'w, R, M> {
    /// Works until it is stopped, or fails; gives the lease back in any case.
    async fn run(mut self: Box<Self>) -> Result<(), ProjectionError> {
        let outcome = self.follow().await;
        self.keeper.stop();
        // When it cannot be given back, it runs out by itself.
        let _ = answered(self.part.model.release(&self.lease)).await;
        outcome
    }

    async fn follow(&mut self) -> Result<(), ProjectionError> {
        self.set_up().await?;
        self.report.works(self.phase);
        self.report.reached(self.saved.position);
        self.retry_parked().await?;
        let handler = &self.part.handler;
        let most = usize::try_from(handler.options.parallel).unwrap_or(usize::MAX);
        let mut feed = Feed::new(handler.log.clone(), self.part.query.clone(), self.saved)
            .largest_page(handler.options.parallel.saturating_mul(4))
            .impatient();
        let mut handling = FuturesUnordered::new();
        let mut save_at = None;
        loop {
            while let Some(event) = self.window.start(most) {
                handling.push(self.handle(event));
            }
            if self.window.at() == self.saved {
                save_at = None;
            } else if handling.is_empty() {
                self.save().await?;
                continue;
            } else {
                save_at.get_or_insert_with(|| Instant::now() + SAVE_WITHIN);
            }
            let has_room = self.window.len() < most.saturating_mul(AHEAD);
            match self
                .next(&mut feed, &mut handling, save_at, has_room)
                .await?
            {
                Next::Stop => return self.finish(handling).await,
                Next::LeaseLost => return Err(ProjectionError::LeaseLost),
                Next::Retry => self.retry_parked().await?,
                Next::Save => self.save().await?,
                Next::Handled(event, outcome) => self.handled(&event, outcome).await?,
                Next::Batch(batch) => {
                    self.report.read(&batch.events);
                    let reactor = &handler.reactor;
                    let order_key = |event: &_| reactor.order_key(event).map(str::to_owned);
                    self.window.add(batch, order_key);
                    self.report.reached(self.window.at().position);
                }
            }
        }
    }

    async fn next(
        &self,
        feed: &mut Feed<AnyConnection>,
        handling: &mut FuturesUnordered<Handling<'w>>,
        save_at: Option<Instant>,
        has_room: bool,
    ) -> Result<Next, ProjectionError> {
        let save = async {
            match save_at {
                Some(moment) => sleep_until(moment).await,
                None => std::future::pending().await,
            }
        };
        Ok(tokio::select! {
            biased;
            () = self.stop.stopped() => Next::Stop,
            () = self.keeper.lost() => Next::LeaseLost,
            () = self.keeper.retries() => Next::Retry,
            () = save => Next::Save,
            Some((event, outcome)) = handling.next() => Next::Handled(event, outcome),
            batch = feed.next(), if has_room => Next::Batch(batch?),
        })
    }

    fn handle(&self, event: Arc<StoredEvent>) -> Handling<'w> {
        let (handler, report, stop) = (&self.part.handler, self.report, self.stop);
        Box::pin(async move {
            let outcome = handler.handle(&event, (report, stop)).await;
            (event, outcome)
        })
    }

    /// Lets what is being handled come to its end.
    async fn finish(
        &mut self,
        mut handling: FuturesUnordered<Handling<'w>>,
    ) -> Result<(), ProjectionError> {
        while let Some((event, outcome)) = handling.next().await {
            self.handled(&event, outcome).await?;
        }
        self.save().await
    }

    /// An event is done, or is given up.
    async fn handled(
        &mut self,
        event: &StoredEvent,
        outcome: Result<(), ProjectionError>,
    ) -> Result<(), ProjectionError> {
        if let Err(failed) = outcome {
            // It is handled again by whoever goes on.
            if matches!(failed, ProjectionError::Stopped) {
                return Ok(());
            }
            if self.part.handler.options.on_failure == OnFailure::Stop {
                // What stands in front of it need not be handled again.
                self.save().await?;
                return Err(failed);
            }
            let now = self.part.handler.log.now();
            let parked = parked_event(event, &failed, now);
            let mut transaction = answered(self.part.model.begin(OWN_TIME)).await?;
            answered(transaction.park(&self.lease, &parked)).await?;
            answered(transaction.commit()).await?;
            observe::parked(R::NAME, event.position.get());
            self.report.parked(&failed);
        }
        self.window.done(event.position);
        self.report.reached(self.window.at().position);
        Ok(())
    }

    async fn set_up(&mut self) -> Result<(), ProjectionError> {
        if self.phase != Phase::New {
            return Ok(());
        }
        let tables = Tables::new(VERSION, &[]);
        let mut transaction = answered(self.part.model.begin(OWN_TIME)).await?;
        let phase = answered(transaction.set_up(&self.lease, &tables)).await?;
        let phase = phase.ok_or(ProjectionError::LeaseLost)?;
        answered(transaction.commit()).await?;
        self.phase = phase;
        Ok(())
    }

    /// Saves how far everything is done.
    async fn save(&mut self) -> Result<(), ProjectionError> {
        let to = self.window.at();
        if to == self.saved {
            return Ok(());
        }
        let mut transaction = answered(self.part.model.begin(OWN_TIME)).await?;
        if !answered(transaction.advance(&self.lease, self.saved.position, to)).await? {
            return Err(ProjectionError::LeaseLost);
        }
        answered(transaction.commit()).await?;
        self.saved = to;
        self.keeper.saved(to.position);
        let progress = self.part.model.progress();
        progress.announce(&self.lease.name, VERSION, to.position);
        Ok(())
    }

    /// Handles the parked events again that somebody asks for.
    async fn retry_parked(&mut self) -> Result<(), ProjectionError> {
        let parked = answered(self.part.model.parked(&self.lease.name, VERSION)).await?;
        for parked in parked.into_iter().filter(|parked| parked.is_to_retry) {
            if self.stop.is_given() {
                break;
            }
            self.retry(parked).await?;
        }
        Ok(())
    }

    async fn retry(&mut self, parked: Parked) -> Result<(), ProjectionError> {
        let handler = &self.part.handler;
        let event = anchor::event_at(&handler.log, parked.position).await?;
        let failed = match event.filter(|event| event.id == parked.event) {
            None => Some("the event is not in the log any more".to_owned()),
            Some(event) => match handler.once(&event, (self.report, self.stop)).await {
                Ok(()) => None,
                Err(ProjectionError::Stopped) => return Ok(()),
                Err(failed) => Some(parked_event(&event, &failed, handler.log.now()).error),
            },
        };
        let mut transaction = answered(self.part.model.begin(OWN_TIME)).await?;
        // Somebody may have dropped it meanwhile.
        if !answered(transaction.unpark(&self.lease, parked.position)).await? {
            return Ok(());
        }
        if let Some(error) = failed {
            let again = Parked {
                error,
                attempts: parked.attempts.saturating_add(1),
                at: handler.log.now(),
                is_to_retry: false,
                ..parked
            };
            answered(transaction.park(&self.lease, &again)).await?;
        }
        Ok(answered(transaction.commit()).await?)
    }
}

/// How long a statement of the reactor's bookkeeping may take.
const OWN_TIME: Duration = Duration::from_secs(30);
