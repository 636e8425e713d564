//! Appends a group: lock and questions in one trip, a decision in memory, inserts and commit in another.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use factos_core::AppendId;
use factos_core::store::{Answer, DecideLocked, Group, ReadRequest, Refusal, Seen, StoreError};
use sqlx::sqlite::SqliteRow;

use super::check::Check;
use super::error::leaves_doubt;
use super::judge::{Verdict, judge};
use super::place::LAST_POSITION;
use super::read::{Outcome, Reading, ask_append};
use super::rows::known;
use super::script::Script;
use super::store::Shared;
use super::write::write;
use super::writer::Turn;
use crate::cause;

/// Between two attempts to get the lock.
const PAUSE: Duration = Duration::from_millis(1);

/// Each request's answer.
pub(super) type Answers = Vec<Result<Answer, Refusal>>;

/// Judges and writes a group. Must not be dropped in the middle: see [`crate::task::uncancelled`].
pub(super) async fn append(store: Arc<Shared>, group: Group) -> Result<Answers, StoreError> {
    let mut turn = store.writer.turn().await?;
    match check_and_write(&store, &mut turn, &group).await {
        Ok((answers, seen)) => {
            turn.finish();
            store.info.announce(seen);
            Ok(answers)
        }
        Err(error) => turn.fail(error).await,
    }
}

async fn check_and_write(
    store: &Shared,
    turn: &mut Turn<'_>,
    group: &Group,
) -> Result<(Answers, Seen), StoreError> {
    let seen = store.info.seen_by(group);
    let ask = |script: &mut _, first| Ok(Check::ask(script, first, (store.log, seen.head), group));
    let check = lock(store, turn, ask, Check::take).await?;
    let found = check.found(group);
    let head = found.head;
    store.info.compare(seen, head.position, head.there)?;
    let verdict = judge(group, found);
    conclude(store, turn, verdict).await
}

/// Writes what the verdict says and ends the transaction.
async fn conclude(
    store: &Shared,
    turn: &mut Turn<'_>,
    verdict: Verdict<'_>,
) -> Result<(Answers, Seen), StoreError> {
    let Some((request, _)) = verdict.writes.first() else {
        let mut script = Script::default();
        script.statement("ROLLBACK");
        turn.link()?.run(script, |_, _| Ok(())).await?;
        return Ok((verdict.answers, verdict.seen));
    };
    if verdict.seen.head.get() > LAST_POSITION {
        return Err(StoreError::Other(cause("the log has no more positions")));
    }
    let mut inserts = write(store.log, &verdict.writes)?;
    for script in inserts.full {
        turn.link()?.run(script, |_, _| Ok(())).await?;
    }
    inserts.last.statement("COMMIT");
    let committed = turn.link()?.run(inserts.last, |_, _| Ok(())).await;
    if let Err(error) = committed
        && !(leaves_doubt(&error) && is_written(store, turn, request.append_id(), &error).await?)
    {
        return Err(error);
    }
    Ok((verdict.answers, verdict.seen))
}

/// Asks a fresh connection whether a commit that failed took place after all. The old one is closed by then, or if its
/// thread is gone without a word, has let go of the lock that this waits for: nothing can arrive late.
async fn is_written(
    store: &Shared,
    turn: &mut Turn<'_>,
    append_id: AppendId,
    failure: &StoreError,
) -> Result<bool, StoreError> {
    let unknown = |_| match failure {
        StoreError::Unavailable(cause) | StoreError::Other(cause) | StoreError::Corrupt(cause) => {
            StoreError::OutcomeUnknown(Arc::clone(cause))
        }
        failure => StoreError::OutcomeUnknown(Arc::new(failure.clone())),
    };
    turn.renew().await.map_err(unknown)?;
    let found = look_up(store, turn, append_id).await.map_err(unknown)?;
    turn.link()?.roll_back().await.map_err(unknown)?;
    Ok(matches!(found, Some(Some(_))))
}

/// What the log knows of an append, under the lock, which is kept.
pub(super) async fn look_up(
    store: &Shared,
    turn: &mut Turn<'_>,
    append_id: AppendId,
) -> Result<Outcome, StoreError> {
    let ask = |script: &mut _, _| {
        ask_append(script, store.log, append_id);
        Ok(None)
    };
    let take = |found: &mut Outcome, _, row: &_| {
        *found = Some(known(row, 0)?);
        Ok(())
    };
    lock(store, turn, ask, take).await
}

/// Begins a transaction with the lock and asks questions in it, in one trip.
///
/// SQLite waits for the lock by itself, up to the longest wait. It does not where waiting might never end: when
/// somebody else committed between its look at the file and its grip on the lock, when somebody recovers the journal
/// after a crash, when it loses a race for the shared memory too often, or when a pool's options took its patience
/// away. Then it is tried again, after a pause.
async fn lock<Q>(
    store: &Shared,
    turn: &mut Turn<'_>,
    ask: impl Fn(&mut Script, usize) -> Result<Q, StoreError>,
    take: impl Fn(&mut Q, usize, &SqliteRow) -> Result<(), StoreError> + Send + Sync,
) -> Result<Q, StoreError>
where
    Q: Send,
{
    let started = Instant::now();
    loop {
        let mut script = Script::default();
        let first = script.statement("BEGIN IMMEDIATE") + 1;
        let mut questions = ask(&mut script, first)?;
        let take = |statement, row: &_| take(&mut questions, statement, row);
        match turn.link()?.run(script, take).await {
            Ok(()) => return Ok(questions),
            Err(StoreError::Busy(_)) if started.elapsed() < store.max_wait => {}
            Err(error) => return Err(error),
        }
        turn.link()?.roll_back().await?;
        tokio::time::sleep(PAUSE).await;
    }
}

/// Confirms a group that has nothing to write, without the lock: what one snapshot shows was true at that moment.
pub(super) async fn confirm(store: &Shared, group: &Group) -> Result<Option<Answers>, StoreError> {
    let Some(readers) = &store.readers else {
        return Ok(None);
    };
    let seen = store.info.seen_by(group);
    let mut script = Script::default();
    let first = script.statement("BEGIN") + 1;
    let mut check = Check::ask(&mut script, first, (store.log, seen.head), group);
    script.statement("COMMIT");
    let mut reader = readers.lease().await?;
    let take = |statement, row: &_| check.take(statement, row);
    reader.link().run(script, take).await?;
    reader.finish();
    let found = check.found(group);
    let head = found.head;
    store.info.compare(seen, head.position, head.there)?;
    let verdict = judge(group, found);
    store.info.announce(verdict.seen);
    Ok(Some(verdict.answers))
}

/// Reads, decides and appends under one lock. Must not be dropped in the middle, as [`append`].
pub(super) async fn locked(
    store: Arc<Shared>,
    request: ReadRequest,
    decide: DecideLocked,
) -> Result<Option<Result<Answer, Refusal>>, StoreError> {
    let mut turn = store.writer.turn().await?;
    match read_and_append(&store, &mut turn, request, decide).await {
        Ok((answer, seen)) => {
            turn.finish();
            store.info.announce(seen);
            Ok(answer)
        }
        Err(error) => turn.fail(error).await,
    }
}

async fn read_and_append(
    store: &Shared,
    turn: &mut Turn<'_>,
    request: ReadRequest,
    decide: DecideLocked,
) -> Result<(Option<Result<Answer, Refusal>>, Seen), StoreError> {
    let seen = store.info.seen();
    let ask = |script: &mut _, first| Reading::ask(script, first, (store.log, seen.head), &request);
    let reading = lock(store, turn, ask, Reading::take).await?;
    let (snapshot, head) = reading.snapshot(&request);
    store.info.compare(seen, head.position, head.there)?;
    let seen = Seen::new(head.position, head.event);

    // A panic must not leave the lock behind.
    let decided = catch_unwind(AssertUnwindSafe(|| decide(snapshot)));
    let decided = decided.map_err(|_| StoreError::Other(cause("the decision panicked")))?;
    let Some(request) = decided else {
        turn.link()?.roll_back().await?;
        return Ok((None, seen));
    };
    let group = Group::single(request);
    let mut script = Script::default();
    let mut check = Check::ask(&mut script, 0, (store.log, seen.head), &group);
    let take = |statement, row: &_| check.take(statement, row);
    turn.link()?.run(script, take).await?;
    let verdict = judge(&group, check.found(&group));
    let (mut answers, seen) = conclude(store, turn, verdict).await?;
    Ok((answers.pop(), seen))
}

#[cfg(test)]
mod tests {
    use factos_core::store::{AppendRequest, EventStore};
    use factos_core::{Limits, Timestamp};

    use super::*;
    use crate::SqliteStore;

    /// A commit that failed is looked for on another connection, once the first one can do no more.
    #[tokio::test]
    async fn a_commit_in_doubt_is_looked_up() -> Result<(), Box<dyn std::error::Error>> {
        let directory = tempfile::tempdir()?;
        let url = format!("sqlite:{}", directory.path().join("log.db").display());
        let store = SqliteStore::open(&url).await?;
        let request =
            AppendRequest::append(Vec::new(), Timestamp::from_micros(0), &Limits::default())?;
        let there = request.append_id();
        EventStore::append(&store, Group::single(request.clone())).await?;

        let shared = Arc::clone(&store.0);
        let failure = StoreError::Unavailable(cause("the disk is away"));
        let mut turn = shared.writer.turn().await?;
        for (id, written) in [(there, true), (AppendId::new(), false)] {
            let mut script = Script::default();
            script.statement("BEGIN IMMEDIATE");
            script.statement("INSERT INTO factos_ids (id, log, kind) VALUES (x'00', 0, 1)");
            turn.link()?.run(script, |_, _| Ok(())).await?;
            assert_eq!(is_written(&shared, &mut turn, id, &failure).await?, written);
        }
        turn.finish();
        // What was open then is rolled back, and its lock given back.
        let answers = EventStore::append(&store, Group::single(request)).await?;
        assert!(matches!(answers.as_slice(), [Ok(Answer::Repeated(_))]));
        Ok(())
    }
}
