//! Jobs: commands that are decided by the log's thread, one behind the other, so that they do not conflict.

use std::any::Any;
use std::sync::Arc;

use super::Failure;
use crate::dispatch::Entry;
use crate::error::DecodeError;
use crate::facts::Folded;
use crate::id::AppendId;
use crate::store::{Answer, AppendRequest, Guard};

/// A command that waits to be decided, its types erased.
pub(crate) trait Job: Send {
    /// The facts that it is decided on.
    fn entries(&self) -> &[Arc<Entry>];

    /// What it had decided was refused because of another one: it is decided again, and can be withdrawn until then.
    fn take_back(&self);

    /// The idempotency key that it happens once under.
    fn key(&self) -> Option<&str>;

    /// Whether nobody waits for it any more.
    fn is_withdrawn(&self) -> bool;

    /// The store takes what it appends under this id; `false` when its caller has withdrawn it.
    fn hand_over(&self, append_id: AppendId) -> bool;

    /// Decides on these states, and says what is to be judged: an append, or a check, under these guards. When the
    /// decision fails, the job keeps the error for its caller, and the guards are to be judged. Does not panic.
    fn decide(&mut self, states: &[Folded], guards: Vec<Guard>) -> Decision;

    /// Gives the job back to its caller.
    fn answer(self: Box<Self>, turn: Turn);
}

/// What a job has decided.
pub(crate) enum Decision {
    /// Has to be judged. It is a check for what appends nothing.
    Judge(AppendRequest),
    /// Needs no judgement, since it rests on nothing.
    Done(Turn),
}

/// How a job's turn ended.
pub(crate) enum Turn {
    /// The store has judged what it decided.
    Judged(Result<Answer, Failure>),
    /// Facts must be read first.
    Stale,
    /// A fact met an event that cannot be decoded.
    Undecodable(DecodeError),
    /// A fold panicked.
    Panicked(Box<dyn Any + Send>),
}
