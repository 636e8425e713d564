//! One event: the reactor is called, and its commands are sent.

use std::panic::AssertUnwindSafe;
use std::slice;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::{sleep, timeout};

use super::commands::Sent;
use super::{AsyncReactor, Commands, ReactionFailure, ReactorOptions};
use crate::error::DispatchError;
use crate::event::{Recorded, StoredEvent};
use crate::log::EventLog;
use crate::metadata::Metadata;
use crate::observe;
use crate::projection::{ProjectionError, decode_guarded, failed_on, panic_message, undecodable};
use crate::runner::{Report, Stop};

/// A reactor with what it needs to handle an event.
pub(crate) struct Handler<R> {
    pub(crate) log: EventLog,
    pub(crate) reactor: R,
    pub(crate) options: ReactorOptions,
}

/// Why an attempt did not succeed.
enum Attempt {
    /// The reactor failed, or a command cannot be sent.
    Failed(ReactionFailure),
    /// The log is away, or others were faster all the time: it counts as no attempt.
    Passing(ReactionFailure),
}

impl<R: AsyncReactor> Handler<R> {
    /// Handles an event, as often as it may be tried.
    pub(super) async fn handle(
        &self,
        event: &StoredEvent,
        (report, stop): (&Report, &Stop),
    ) -> Result<(), ProjectionError> {
        let most = self.options.attempts;
        self.try_often(event, (report, stop), most).await
    }

    /// Handles an event in one attempt.
    pub(super) async fn once(
        &self,
        event: &StoredEvent,
        (report, stop): (&Report, &Stop),
    ) -> Result<(), ProjectionError> {
        self.try_often(event, (report, stop), 1).await
    }

    async fn try_often(
        &self,
        event: &StoredEvent,
        (report, stop): (&Report, &Stop),
        most: u32,
    ) -> Result<(), ProjectionError> {
        let unknown = self.log.unknown_types();
        let decoded = decode_guarded(slice::from_ref(event), unknown).map_err(undecodable);
        let decoded: Vec<Recorded<R::Event>> =
            decoded.inspect_err(|failed| report.failed(failed))?;
        let Some(recorded) = decoded.into_iter().next() else {
            return Ok(());
        };
        let mut commands = None;
        let (mut attempts, mut failures) = (0, 0);
        loop {
            let (failure, counts) = match self.attempt(&recorded, &mut commands).await {
                Ok(()) => return Ok(()),
                Err(Attempt::Failed(failure)) => (failure, true),
                Err(Attempt::Passing(failure)) => (failure, false),
            };
            failures += 1;
            attempts += u32::from(counts);
            let failed = failed_on(event, attempts.max(1), failure);
            report.failed(&failed);
            if attempts >= most {
                return Err(failed);
            }
            tokio::select! {
                biased;
                () = stop.stopped() => return Err(ProjectionError::Stopped),
                () = sleep(self.options.pause(failures)) => {}
            }
        }
    }

    /// Calls the reactor, unless it has answered its commands before, and sends them.
    async fn attempt(
        &self,
        event: &Recorded<R::Event>,
        answered: &mut Option<Commands>,
    ) -> Result<(), Attempt> {
        let commands = match answered {
            Some(commands) => commands,
            none => none.insert(self.react(event).await.map_err(Attempt::Failed)?),
        };
        for (number, command) in commands.iter().enumerate() {
            let key = format!("{}/{}/{number}", R::NAME, event.id);
            let metadata = Metadata::new().caused_by(event);
            match command.send(&self.log, key, metadata).await {
                Ok(Sent::Accepted) => {}
                Ok(Sent::Rejected) => {
                    observe::rejected(R::NAME, command.name(), event.position.get());
                }
                Err(error) if is_passing(&error) => return Err(Attempt::Passing(error.into())),
                Err(error) => return Err(Attempt::Failed(error.into())),
            }
        }
        Ok(())
    }

    async fn react(&self, event: &Recorded<R::Event>) -> Result<Commands, ReactionFailure> {
        let limit: Duration = self.options.timeout;
        let reacting = AssertUnwindSafe(self.reactor.react(event)).catch_unwind();
        match timeout(limit, reacting).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(panic)) => Err(panic_message(&*panic).into()),
            Err(_) => Err(format!("it took longer than {limit:?}").into()),
        }
    }
}

fn is_passing(error: &DispatchError<()>) -> bool {
    match error {
        DispatchError::Store(error) => error.is_transient(),
        DispatchError::Conflict(_)
        | DispatchError::Timeout { .. }
        | DispatchError::OutcomeUnknown { .. } => true,
        _ => false,
    }
}
