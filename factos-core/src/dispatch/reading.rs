//! Reading facts for a decision: those that nothing is known of, and what came behind those that are known.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::OwnedMutexGuard;
use tokio::time::{Instant, timeout_at};
use tracing::Instrument;

use super::entry::{Entry, Fresh};
use crate::error::{DecodeError, DispatchError};
use crate::facts::{Context, Folded};
use crate::log::EventLog;
use crate::observe;
use crate::position::Position;
use crate::store::{IdempotencyKey, ReadRequest, Receipt, Snapshot, StoreError};

/// Why facts could not be read.
#[derive(Debug)]
pub(super) enum Unread {
    Timeout,
    Store(StoreError),
    Decode(DecodeError),
}

impl<R> From<Unread> for DispatchError<R> {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Timeout => Self::Timeout { operation: "read" },
            Unread::Store(error) => Self::Store(error),
            Unread::Decode(error) => Self::Decode(error),
        }
    }
}

/// Reads the log.
pub(super) async fn snapshot<C>(
    log: &EventLog<C>,
    request: ReadRequest,
    deadline: Instant,
) -> Result<Snapshot, Unread> {
    let span = observe::read(request.parts.len());
    let read = log.store().read(request).instrument(span);
    let read = timeout_at(deadline, read).await;
    let snapshot = read.map_err(|_| Unread::Timeout)?;
    snapshot.map_err(|error| {
        log.cache().doubt(&error);
        Unread::Store(error)
    })
}

/// What reading the unknown facts has led to.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The numbers of the facts that were taken for empty, without a look.
    pub(super) assumed: Vec<usize>,
    /// The numbers of those that are known as of some earlier moment.
    pub(super) remembered: Vec<usize>,
    /// Whether others have read a fact for this command, too.
    pub(super) is_from_others: bool,
    /// What is known of the idempotency key, if it was asked for.
    pub(super) known: Option<Receipt>,
}

/// Reads and folds the facts of which nothing is known, but for those that usually have no events. The idempotency key is
/// asked for on the way, when there is one.
pub(super) async fn read_unknown<C>(
    log: &EventLog<C>,
    entries: &[Arc<Entry>],
    key: Option<&IdempotencyKey>,
    deadline: Instant,
) -> Result<Found, Unread> {
    let mut found = Found::default();
    let (mut unknown, mut outdated) = (Vec::new(), Vec::new());
    for (number, entry) in entries.iter().enumerate() {
        let past = log.cache().past(&entry.leaf.fact);
        if entry.folded_to().is_some() {
            if past.is_often_outdated() {
                outdated.push(entry.clone());
            } else {
                found.remembered.push(number);
            }
        } else if !log.cache().is_off() && past.is_usually_empty() {
            entry.assume();
            found.assumed.push(number);
        } else {
            unknown.push(entry.clone());
        }
    }
    let read = unknown.len() + outdated.len();
    count(log, entries.len(), found.assumed.len(), read);
    if !outdated.is_empty() {
        let now = std::time::Instant::now();
        let before: Vec<_> = outdated.iter().map(|it| it.folded_to()).collect();
        refresh(log, &outdated, |it| !it.was_read_since(now), deadline).await?;
        for (entry, before) in outdated.iter().zip(before) {
            let is_changed = entry.has_later_than(before.unwrap_or_default());
            log.cache().past(&entry.leaf.fact).outdated.was(is_changed);
        }
    }
    if unknown.is_empty() {
        return Ok(found);
    }
    let _reading = lock_all(&mut unknown, deadline).await?;
    // Somebody else may have read them meanwhile, and begun before this command came.
    let wanted = unknown.len();
    unknown.retain(|entry| entry.folded_to().is_none());
    found.is_from_others = unknown.len() < wanted;
    if unknown.is_empty() {
        return Ok(found);
    }
    let fresh = unknown
        .iter()
        .map(|it| (it.leaf.clone(), it.leaf.initial()));
    let context = Context::of(fresh);
    let mut request = context.request();
    if let Some(key) = key {
        request = request.with_key(key.key());
    }
    let mut snapshot = snapshot(log, request, deadline).await?;
    found.known = snapshot.known.take();
    if found.known.is_some() {
        return Ok(found);
    }
    let context = context.fold(snapshot).map_err(Unread::Decode)?;
    for (entry, folded) in unknown.iter().zip(context.into_folded()) {
        let past = log.cache().past(&entry.leaf.fact);
        past.empty.was(folded.is_initial);
        entry.bring(Fresh::Whole(folded));
    }
    Ok(found)
}

fn count<C>(log: &EventLog<C>, all: usize, assumed: usize, unknown: usize) {
    let counters = &log.cache().counters;
    let known = (all - assumed - unknown) as u64;
    counters.known.add(known);
    counters.assumed.add(assumed as u64);
    counters.read.add(unknown as u64);
    observe::looked_up(known, assumed as u64, unknown as u64);
}

/// Reads what came behind those facts that are known, and old when nobody else reads them.
pub(super) async fn refresh<C>(
    log: &EventLog<C>,
    entries: &[Arc<Entry>],
    is_old: impl Fn(&Entry) -> bool,
    deadline: Instant,
) -> Result<(), Unread> {
    let mut old: Vec<Arc<Entry>> = entries.to_vec();
    let _reading = lock_all(&mut old, deadline).await?;
    old.retain(|entry| entry.folded_to().is_some() && is_old(entry));
    if old.is_empty() {
        return Ok(());
    }
    let at = |entry: &Arc<Entry>| {
        let mut folded = entry.leaf.initial();
        folded.at = entry.folded_to().unwrap_or_default();
        folded
    };
    let at: Vec<Folded> = old.iter().map(at).collect();
    let leaves = old.iter().map(|entry| entry.leaf.clone());
    let context = Context::of(leaves.zip(at.iter().cloned()));
    let began = std::time::Instant::now();
    let snapshot = snapshot(log, context.request(), deadline).await?;
    let to = snapshot.head;
    let later = context.own_events(snapshot);
    for ((entry, Folded { at: after, .. }), events) in old.iter().zip(at).zip(later) {
        entry.was_read(began);
        if after > Position::START {
            entry.bring(Fresh::Later { after, to, events });
            continue;
        }
        // All of it: that may be much, and is folded here.
        let context = Context::of([(entry.leaf.clone(), entry.leaf.initial())]);
        let all = Snapshot {
            head: to,
            parts: vec![events],
            ..Snapshot::default()
        };
        let folded = context.fold(all).map_err(Unread::Decode)?.into_folded();
        for whole in folded {
            entry.bring(Fresh::Whole(whole));
        }
    }
    Ok(())
}

/// Keeps others from reading these facts at the same time, each of which is left once. All lock in one order, so that
/// nobody waits in a circle.
async fn lock_all(
    entries: &mut Vec<Arc<Entry>>,
    deadline: Instant,
) -> Result<Vec<OwnedMutexGuard<()>>, Unread> {
    keep_once(entries);
    let mut locks: Vec<_> = entries.iter().map(|it| it.reading.clone()).collect();
    locks.sort_unstable_by_key(Arc::as_ptr);
    let mut locked = Vec::with_capacity(locks.len());
    for lock in locks {
        let lock = timeout_at(deadline, lock.lock_owned()).await;
        locked.push(lock.map_err(|_| Unread::Timeout)?);
    }
    Ok(locked)
}

fn keep_once(entries: &mut Vec<Arc<Entry>>) {
    let mut seen = HashSet::new();
    entries.retain(|entry| seen.insert(Arc::as_ptr(entry)));
}

/// What is committed of the facts, for those who then read the rest under the lock. What nothing is known of is read
/// here, since it may be much.
pub(super) async fn own_context<C>(
    log: &EventLog<C>,
    entries: &[Arc<Entry>],
    deadline: Instant,
) -> Result<Context, Unread> {
    let state = |entry: &Arc<Entry>| -> Folded {
        let committed = entry.committed().filter(|_| log.cache().is_current(entry));
        committed.unwrap_or_else(|| entry.leaf.initial())
    };
    let context = Context::of(entries.iter().map(|it| (it.leaf.clone(), state(it))));
    if context.folded().iter().all(|it| it.at > Position::START) {
        return Ok(context);
    }
    let snapshot = snapshot(log, context.request(), deadline).await?;
    context.fold(snapshot).map_err(Unread::Decode)
}
