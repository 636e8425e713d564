//! Deciding while the log's lock is held, for commands that have lost a few rounds.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::deciding::{Decided, Deciding};
use super::reading::own_context;
use crate::command::Reads;
use crate::commit::{Handover, timed_out};
use crate::error::DispatchError;
use crate::log::append::{Written, stored_events};
use crate::rounds::{late, not_asked};
use crate::store::{Answer, Snapshot, StoreError};

impl<C, T> Deciding<C, T>
where
    C: 'static,
    T: Reads<C> + Send + Sync + 'static,
    T::Error: Send + 'static,
{
    /// Reads what is missing, decides and appends while nobody else can append: this round cannot be lost. `None` when the
    /// log was found to be another one meanwhile.
    pub(super) async fn decide_locked(
        self: Box<Self>,
        deadline: Instant,
    ) -> Result<(Box<Self>, Option<Written>), DispatchError<T::Error>> {
        let log = self.log.clone();
        let generation = log.cache().generation();
        log.cache().counters.locked.one_more();
        let context = own_context(&log, &self.entries, deadline).await?;
        let mut request = context.request();
        if let Some(key) = &self.key {
            request = request.with_key(key.key());
        }
        let handover = Arc::new(Handover::default());
        let withdraw = handover.withdraw_on_drop();
        let (tell, told) = oneshot::channel();
        let cache = log.shared_cache();
        let decide = Box::new(move |mut snapshot: Snapshot| {
            if handover.is_withdrawn() || cache.generation() != generation {
                drop(tell.send((self, None, None)));
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
            drop(tell.send((self, known, Some(decided))));
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
            let written = deciding.repeated(&receipt, deadline).await?;
            return Ok((deciding, Some(written)));
        }
        let Some(decided) = decided else {
            deciding.find_entries()?;
            return Ok((deciding, None));
        };
        let written = match (decided, answer) {
            (Decided::Rejected(rejection), _) => return Err(DispatchError::Rejected(rejection)),
            (Decided::Nothing, _) => Vec::new().into(),
            (Decided::Failed(error), _) => return Err(error),
            (Decided::Panicked(panic), _) => deciding.panic(panic),
            (Decided::Append(_), Some(Ok(Answer::Repeated(receipt)))) => {
                deciding.repeated(&receipt, deadline).await?
            }
            (Decided::Append(request), Some(Ok(answer))) => {
                let events = stored_events(&log, request, &answer, deadline).await?;
                events.into()
            }
            (Decided::Append(_), Some(Err(refusal))) => {
                return Err(DispatchError::Refused(refusal));
            }
            (Decided::Append(_), None) => return Err(not_asked().into()),
        };
        Ok((deciding, Some(written)))
    }
}
