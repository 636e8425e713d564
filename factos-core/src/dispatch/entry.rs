//! Entries: facts with the states that they were folded to, shared by all commands that are decided on them.
//!
//! Only the log's thread folds a state on; callers bring what they have read. So there is one order in which a state
//! changes.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::planted::{Fault, Planted};
use crate::commit::{Outcome, Tail};
use crate::error::DecodeError;
use crate::event::StoredEvent;
use crate::facts::{Decoded, Folded, Leaf};
use crate::position::Position;

/// A state that takes at most so many bytes is copied before staged events are folded into it, so that it can be wound
/// back. A larger one is dropped instead.
const COPIED_BYTES: usize = 4096;

/// A fact with its state, as far as it is known.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) leaf: Leaf,
    /// How often all that was known of the log had been dropped when the entry was made.
    pub(crate) generation: u64,
    held: Mutex<Held>,
    weighed: AtomicU32,
    /// Held by whoever reads the fact, so that many who want it read it once.
    pub(crate) reading: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Debug, Default)]
struct Held {
    /// Nothing, when the fact was not read yet, or what was known is of no use any more.
    folded: Option<Folded>,
    /// What callers have read since.
    fresh: Option<Fresh>,
    /// When the latest read of it began.
    read_at: Option<Instant>,
    /// What the group at hand has to do with it.
    staged: Option<Staged>,
}

/// What a caller has read of a fact.
#[derive(Debug)]
pub(crate) enum Fresh {
    /// All of it, folded.
    Whole(Folded),
    /// All that came behind a position, up to another one.
    Later {
        after: Position,
        to: Position,
        events: Vec<StoredEvent>,
    },
}

impl Fresh {
    fn to(&self) -> Position {
        match self {
            Self::Whole(folded) => folded.at,
            Self::Later { to, .. } => *to,
        }
    }
}

/// What a group has done with a state.
#[derive(Debug, Default)]
struct Staged {
    /// How many staged events were looked at.
    examined: usize,
    /// The members whose events were folded.
    folded: Vec<usize>,
    /// The state before that.
    before: Option<Folded>,
    /// The members that are guarded by what was known before.
    guards: Vec<usize>,
}

/// A state to decide on.
#[derive(Debug)]
pub(crate) struct Ready {
    /// The state. A guard must find nothing behind its position, but for the events that it was decided on.
    pub(crate) folded: Folded,
    /// The members of the group whose staged events are folded in it.
    pub(crate) decided_on: Vec<usize>,
}

/// Why a state is not ready.
#[derive(Debug)]
pub(crate) enum NotReady {
    /// What is known is too old, or nothing: the fact must be read.
    Stale,
    /// It can be known when the group at hand is committed.
    Later,
    /// An event cannot be decoded.
    Undecodable(DecodeError),
}

impl Entry {
    /// A fact that nothing is known of.
    pub(crate) fn new(leaf: Leaf, generation: u64) -> Self {
        Self {
            leaf,
            generation,
            weighed: AtomicU32::new(0),
            held: Mutex::default(),
            reading: Arc::default(),
        }
    }

    /// A fold that panics leaves no state, so that a poisoned lock protects nothing that is broken.
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Up to which position the fact is known, when what callers have read is folded.
    pub(crate) fn known_to(&self) -> Option<Position> {
        let held = self.held();
        let folded = held.folded.as_ref()?;
        Some(
            held.fresh
                .as_ref()
                .map_or(folded.at, Fresh::to)
                .max(folded.at),
        )
    }

    /// Behind which position the fact must be read to be up to date.
    pub(crate) fn folded_to(&self) -> Option<Position> {
        self.held().folded.as_ref().map(|folded| folded.at)
    }

    /// The state, when no staged event is in it.
    pub(crate) fn committed(&self) -> Option<Folded> {
        let held = self.held();
        let staged = held.staged.as_ref();
        let is_staged = staged.is_some_and(|staged| !staged.folded.is_empty());
        held.folded.clone().filter(|_| !is_staged)
    }

    /// About how many bytes it takes.
    fn size(&self) -> u32 {
        let held = self.held();
        let state = held.folded.as_ref().map_or(0, |folded| folded.bytes);
        let own = size_of::<Self>() + self.leaf.size();
        u32::try_from(own + state).unwrap_or(u32::MAX)
    }

    /// The same, to be remembered.
    pub(crate) fn weigh(&self) -> u32 {
        let size = self.size();
        self.weighed.store(size, Ordering::Relaxed);
        size
    }

    /// Whether it takes more than one part in `parts` more than when it was weighed.
    pub(crate) fn has_grown(&self, parts: u32) -> bool {
        let weighed = self.weighed.load(Ordering::Relaxed);
        self.size() > weighed.saturating_add(weighed / parts)
    }

    /// Whether it is known that something came behind a position.
    pub(crate) fn has_later_than(&self, position: Position) -> bool {
        let held = self.held();
        match &held.fresh {
            Some(Fresh::Whole(_)) => true,
            Some(Fresh::Later { events, .. }) => !events.is_empty(),
            None => held.folded.as_ref().is_some_and(|it| it.at > position),
        }
    }

    /// Whether a read of it has begun since a moment, and is over.
    pub(crate) fn was_read_since(&self, moment: Instant) -> bool {
        self.held().read_at.is_some_and(|at| at >= moment)
    }

    /// A read of it that began at this moment is over, and what it has found is here.
    pub(crate) fn was_read(&self, moment: Instant) {
        self.held().read_at = Some(moment);
    }

    /// Takes the initial state for the fact's, without looking, if nothing is known.
    pub(crate) fn assume(&self) {
        self.held().begin(self.leaf.initial());
    }

    /// Takes what a caller has read.
    pub(crate) fn bring(&self, fresh: Fresh) {
        let mut held = self.held();
        match fresh {
            Fresh::Whole(folded) if held.folded.is_none() => held.begin(folded),
            Fresh::Later { .. } if held.folded.is_none() => {}
            fresh if held.fresh.as_ref().is_none_or(|old| old.to() < fresh.to()) => {
                held.fresh = Some(fresh);
            }
            _ => {}
        }
    }

    /// Brings the state up to date with all that is known: what callers have read, and the tail's committed and staged
    /// events. An entry that the group uses for the first time is put into `used`.
    pub(crate) fn bring_up(
        self: &Arc<Self>,
        tail: &mut Tail,
        used: &mut Vec<Arc<Self>>,
        planted: Planted,
    ) -> Result<Ready, NotReady> {
        let mut held = self.held();
        if held.staged.is_none() {
            held.staged = Some(Staged::default());
            used.push(self.clone());
        }
        if held.folded.is_none() {
            return Err(NotReady::Stale);
        }
        held.take_fresh(&self.leaf)?;
        held.fold_committed(&self.leaf, tail, planted)?;
        let decided_on = held.fold_staged(&self.leaf, tail, planted)?;
        match &held.folded {
            Some(folded) => Ok(Ready {
                folded: folded.clone(),
                decided_on,
            }),
            None => Err(NotReady::Stale),
        }
    }

    /// A member of the group is guarded by what was known of the fact before the group.
    pub(crate) fn add_guard(&self, member: usize) {
        if let Some(staged) = &mut self.held().staged {
            staged.guards.push(member);
        }
    }

    /// The group is over. The state moves on if the store confirmed what it stands on and accepted all that was folded
    /// into it; otherwise staged events are taken out of it again.
    pub(crate) fn settle(&self, outcome: &Outcome) {
        let mut held = self.held();
        let held = &mut *held;
        let (Some(staged), Some(folded)) = (held.staged.take(), &mut held.folded) else {
            return;
        };
        let is_confirmed = outcome.before() == Some(folded.at)
            || staged.guards.iter().any(|&member| outcome.holds(member));
        let is_whole = staged
            .folded
            .iter()
            .all(|&member| outcome.is_accepted(member));
        match outcome.behind(staged.examined) {
            Some(position) if is_confirmed && is_whole => {
                folded.at = folded.at.max(position);
            }
            _ if staged.folded.is_empty() => {}
            _ => held.folded = staged.before,
        }
    }
}

impl Held {
    fn has_staged(&self) -> bool {
        let staged = self.staged.as_ref();
        staged.is_some_and(|staged| !staged.folded.is_empty())
    }

    /// Takes a state where there was none.
    fn begin(&mut self, folded: Folded) {
        if self.folded.is_some() {
            return;
        }
        self.folded = Some(folded);
        // What the group at hand had folded before is gone.
        if let Some(staged) = &mut self.staged {
            *staged = Staged::default();
        }
    }

    /// Folds what callers have read, which comes before what is staged.
    fn take_fresh(&mut self, leaf: &Leaf) -> Result<(), NotReady> {
        let (Some(at), Some(fresh)) = (self.folded.as_ref().map(|it| it.at), self.fresh.take())
        else {
            return Ok(());
        };
        if fresh.to() <= at {
            return Ok(());
        }
        if self.has_staged() {
            self.fresh = Some(fresh);
            return Err(NotReady::Later);
        }
        match fresh {
            Fresh::Whole(folded) => {
                self.folded = Some(folded);
            }
            // Somebody has wound the state back since.
            Fresh::Later { after, .. } if at < after => {}
            Fresh::Later { to, events, .. } => {
                let later = events.into_iter().filter(|event| event.position > at);
                let mut events: Vec<Decoded> = later.map(Decoded::from).collect();
                let own: Vec<usize> = (0..events.len()).collect();
                leaf.fold(&mut self.folded, &mut events, &own)
                    .map_err(NotReady::Undecodable)?;
                self.move_to(to);
            }
        }
        Ok(())
    }

    fn move_to(&mut self, position: Position) {
        if let Some(folded) = &mut self.folded {
            folded.at = position;
        }
    }

    fn fold_committed(
        &mut self,
        leaf: &Leaf,
        tail: &mut Tail,
        planted: Planted,
    ) -> Result<(), NotReady> {
        let Some(at) = self
            .folded
            .as_ref()
            .map(|it| it.at)
            .filter(|at| *at < tail.head())
        else {
            return Ok(());
        };
        let own = tail.committed_behind(at, &leaf.query);
        if !tail.reaches_back_to(at) && !planted.has(Fault::MovedByOthers) {
            // Others may have appended in between. If nothing is known against it, the store will say.
            let is_changed = !own.is_empty() || tail.may_have_changed(&leaf.query, at);
            return if is_changed {
                Err(NotReady::Stale)
            } else {
                Ok(())
            };
        }
        leaf.fold(&mut self.folded, tail.events(), &own)
            .map_err(NotReady::Undecodable)?;
        self.move_to(tail.head());
        Ok(())
    }

    /// Answers which members' events are in the state.
    fn fold_staged(
        &mut self,
        leaf: &Leaf,
        tail: &mut Tail,
        planted: Planted,
    ) -> Result<Vec<usize>, NotReady> {
        let Some(staged) = &mut self.staged else {
            return Ok(Vec::new());
        };
        let own = tail.staged_behind(staged.examined, &leaf.query);
        if !own.is_empty() && leaf.is_recorded() {
            return Err(NotReady::Later);
        }
        if !own.is_empty() && !planted.has(Fault::GroupMateForgotten) {
            let is_small = |folded: &&Folded| folded.bytes <= COPIED_BYTES;
            if staged.folded.is_empty() {
                staged.before = self.folded.as_ref().filter(is_small).cloned();
            }
            // What cannot be decoded may never be committed.
            let folded = leaf.fold(&mut self.folded, tail.events(), &own);
            folded.map_err(|_| NotReady::Later)?;
        }
        let owners = own.iter().filter_map(|&event| tail.owner(event));
        staged.folded.extend(owners);
        staged.folded.dedup();
        staged.examined = tail.staged();
        Ok(staged.folded.clone())
    }
}
