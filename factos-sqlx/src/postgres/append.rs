//! Appends a group by one call, and finds out what became of calls whose answer was lost.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use factos_core::store::{
    Answer, AppendRequest, Cause, DecideLocked, Group, ReadRequest, Refusal, Settled, Snapshot,
    StoreError,
};
use tokio::time::Instant;

use super::answers::{Answers, answers, may_hold_later};
use super::arguments::{Values, is_apart, of_group};
use super::error::Failure;
use super::link::{Link, Opener, Pauses};
use super::read::Reading;
use super::settle;
use super::store::Shared;
use crate::cause;
use crate::connections::Lease;

const APPEND: &str = "SELECT * FROM factos.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, \
     $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, \
     $40, $41, $42, $43)";
const HOLD: &str = "SELECT factos.hold($1, $2, $3, $4, $5, $6, $7)";
/// The connection that writes.
type Writer<'s> = Lease<'s, Opener>;

/// Judges and writes a group. Must not be dropped in the middle: see [`crate::task::uncancelled`].
pub(super) async fn append(
    store: Arc<Shared>,
    group: Group,
) -> Result<Vec<Result<Answer, Refusal>>, StoreError> {
    let appends = !group.requests().all(AppendRequest::is_check);
    let mut apart = is_apart(&group);
    let mut attempt = Attempt {
        store: &store,
        deadline: store.deadline(),
        pauses: Pauses::default(),
        doubt: None,
    };
    loop {
        let arguments = of_group(&store, appends, apart, &group)?;
        let mut writer = attempt.writer().await?;
        let link = writer.link();
        match link
            .call(store.answered_by(attempt.deadline), APPEND, arguments)
            .await
        {
            Ok(rows) => {
                writer.finish();
                let Answers { mut answers, seen } = answers(&group, &rows)?;
                store.info.announce(seen);
                if has_appended(&answers) {
                    store.notifier.tell(&store.info);
                }
                if attempt.doubt.is_some() {
                    attempt.make_final(&group, &mut answers).await?;
                }
                return Ok(answers);
            }
            Err(failure) => {
                if !matches!(failure, Failure::Gone(_)) {
                    writer.finish();
                }
                match failure {
                    Failure::Taken(_) if apart => {}
                    failure => attempt.take_in(failure, appends).await?,
                }
                // Ids may be taken, by what was sent before if by nothing else.
                apart = false;
            }
        }
    }
}

/// The way of one group, with all that went wrong on it.
struct Attempt<'s> {
    store: &'s Arc<Shared>,
    deadline: Instant,
    pauses: Pauses,
    /// What took the answer of an earlier call away, which may be written.
    doubt: Option<Cause>,
}

impl<'s> Attempt<'s> {
    async fn writer(&self) -> Result<Writer<'s>, StoreError> {
        let writer = self.store.writer().await;
        writer.map_err(|error| self.in_doubt(error))
    }

    /// Once there is a doubt, no failure says that nothing was written.
    fn in_doubt(&self, error: StoreError) -> StoreError {
        match &self.doubt {
            Some(cause) => StoreError::OutcomeUnknown(Arc::clone(cause)),
            None => error,
        }
    }

    /// Decides whether a failed call is made again: it is, when it was lost.
    async fn take_in(&mut self, failure: Failure, appends: bool) -> Result<(), StoreError> {
        match failure {
            // A log that was set back is told to the next caller, as this one does not hear of it.
            Failure::Final(error) if self.doubt.is_some() => return Err(self.in_doubt(error)),
            Failure::Final(error) => return Err(self.store.notice(error)),
            Failure::Taken(cause) => return Err(self.in_doubt(StoreError::Other(cause))),
            Failure::Lost(cause) => {
                if !self.pauses.pause(self.deadline).await {
                    return Err(self.in_doubt(StoreError::Busy(cause)));
                }
            }
            Failure::Gone(cause) => {
                self.store.readers.forget();
                if appends {
                    self.doubt.get_or_insert_with(|| Arc::clone(&cause));
                }
                if !self.pauses.pause(self.deadline).await {
                    return Err(self.in_doubt(StoreError::Unavailable(cause)));
                }
            }
        }
        Ok(())
    }

    /// Refuses, for good, what a call that was lost and is still on its way could yet have accepted; it may have done so
    /// by now.
    async fn make_final(
        &self,
        group: &Group,
        answers: &mut [Result<Answer, Refusal>],
    ) -> Result<(), StoreError> {
        for (request, answer) in group.requests().zip(answers) {
            if may_hold_later(answer) {
                let settled = settle::settle(Arc::clone(self.store), request.append_id()).await;
                if let Settled::Committed(receipt) =
                    settled.map_err(|error| self.in_doubt(error))?
                {
                    *answer = Ok(Answer::Repeated(receipt));
                }
            }
        }
        Ok(())
    }
}

/// Reads, decides and appends under one lock. Must not be dropped in the middle, as [`append`].
pub(super) async fn locked(
    store: Arc<Shared>,
    request: ReadRequest,
    decide: DecideLocked,
) -> Result<Option<Result<Answer, Refusal>>, StoreError> {
    let deadline = store.deadline();
    let mut pauses = Pauses::default();
    loop {
        let mut writer = store.writer().await?;
        // Up to here nothing is decided, so that it can be done again.
        let snapshot = match hold_and_read(&store, writer.link(), deadline, &request).await {
            Ok(snapshot) => snapshot,
            Err(Failure::Final(error)) => return Err(store.notice(error)),
            Err(failure) => {
                store.forget(&failure);
                if !pauses.pause(deadline).await {
                    return Err(failure.into_error());
                }
                continue;
            }
        };
        return decide_and_append(&store, writer, deadline, snapshot, decide).await;
    }
}

async fn hold_and_read(
    store: &Shared,
    link: &mut Link,
    deadline: Instant,
    request: &ReadRequest,
) -> Result<Snapshot, Failure> {
    let mut values = Values::default();
    store.add_entry(&mut values, true, store.info.seen());
    let values = values.finish().map_err(Failure::Final)?;
    let reading = Reading::new(store, request).map_err(Failure::Final)?;
    link.begin(deadline).await?;
    link.call(deadline, HOLD, values).await?;
    reading.call(store, link, deadline).await
}

async fn decide_and_append(
    store: &Arc<Shared>,
    mut writer: Writer<'_>,
    deadline: Instant,
    snapshot: Snapshot,
    decide: DecideLocked,
) -> Result<Option<Result<Answer, Refusal>>, StoreError> {
    let head = snapshot.head;
    // A panic must not leave the lock behind; dropping the connection gives it back.
    let decided = catch_unwind(AssertUnwindSafe(|| decide(snapshot)));
    let decided = decided.map_err(|_| StoreError::Other(cause("the decision panicked")))?;
    let link = writer.link();
    let Some(request) = decided else {
        link.roll_back(deadline)
            .await
            .map_err(Failure::into_error)?;
        writer.finish();
        store.info.announce(head);
        return Ok(None);
    };
    let append_id = request.append_id();
    let group = Group::single(request);
    let arguments = of_group(store, true, false, &group)?;
    let rows = link.call(deadline, APPEND, arguments).await;
    let Answers { mut answers, seen } = answers(&group, &rows.map_err(Failure::into_error)?)?;
    match link.commit(deadline).await {
        Ok(()) => writer.finish(),
        Err(failure) => {
            drop(writer);
            let Failure::Gone(lost) = failure else {
                return Err(failure.into_error());
            };
            store.readers.forget();
            let unknown = |_| StoreError::OutcomeUnknown(Arc::clone(&lost));
            let is_accepted = matches!(answers.first(), Some(Ok(Answer::Accepted(_))));
            let settled = settle::settle(Arc::clone(store), append_id).await;
            if settled.map_err(unknown)? == Settled::Void && is_accepted {
                return Err(StoreError::Unavailable(lost));
            }
        }
    }
    store.info.announce(seen);
    if has_appended(&answers) {
        store.notifier.tell(&store.info);
    }
    Ok(answers.pop())
}

/// Whether others may want to know: also of what an earlier call has written, whose answer was lost.
fn has_appended(answers: &[Result<Answer, Refusal>]) -> bool {
    answers.iter().any(|answer| match answer {
        Ok(Answer::Accepted(receipt) | Answer::Repeated(receipt)) => receipt.appended.is_some(),
        _ => false,
    })
}
