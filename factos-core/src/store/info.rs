//! What a store says about its log: name, identity, and when there is something new.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

use crate::id::{EventId, LogId};
use crate::name::LogName;
use crate::position::Position;
use crate::store::{Group, StoreError};

/// How far a log was seen to reach, and which event stands there: by its id it is told from another one that stands there
/// once an earlier state of the log was restored and has grown again.
///
/// ```
/// use factos_core::store::Seen;
/// use factos_core::{EventId, Position};
///
/// let id = EventId::new();
/// let seen = Seen::new(Position::new(3), Some(id));
/// assert_eq!((seen.head.get(), seen.event), (3, Some(id)));
/// // A store that does not ask for the event notices less.
/// assert_eq!(Seen::from(Position::new(3)).event, None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Seen {
    /// The position of the last event; the start of a log without any.
    pub head: Position,
    /// The event that stands there, if it is known.
    pub event: Option<EventId>,
}

impl Seen {
    /// A head, and the event there.
    pub fn new(head: Position, event: Option<EventId>) -> Self {
        Self { head, event }
    }
}

impl From<Position> for Seen {
    fn from(head: Position) -> Self {
        Self::new(head, None)
    }
}

/// The name and identity of a log, and the head that this process has last seen.
#[derive(Debug)]
pub struct LogInfo {
    name: LogName,
    identity: LogId,
    seen: watch::Sender<Seen>,
    resets: AtomicU64,
}

impl LogInfo {
    /// What a store keeps about its log.
    pub fn new(name: LogName, identity: LogId) -> Self {
        Self {
            name,
            identity,
            seen: watch::Sender::new(Position::START.into()),
            resets: AtomicU64::new(0),
        }
    }

    /// The log's name.
    pub fn name(&self) -> &LogName {
        &self.name
    }

    /// The identity it was given when it was created.
    pub fn identity(&self) -> LogId {
        self.identity
    }

    /// How far this process has seen the log reach.
    pub fn head(&self) -> Position {
        self.seen().head
    }

    /// How far, and which event stands there. A store asks for it before it looks at its log, and then
    /// [compares](Self::compare).
    pub fn seen(&self) -> Seen {
        *self.seen.borrow()
    }

    /// How often the log was found set back, by whatever call.
    pub(crate) fn resets(&self) -> u64 {
        self.resets.load(Ordering::Acquire)
    }

    /// The same for a group, which may have been made before the log was found set back: then it was decided on what is no
    /// longer there. A store compares with this before it writes a group.
    pub fn seen_by(&self, group: &Group) -> Seen {
        let (now, then) = (self.seen(), group.seen());
        then.filter(|then| then.head > now.head).unwrap_or(now)
    }

    /// Compares what a store has found with what was seen before it looked: where the log ends, and which event is
    /// `there`, at the position that it had reached. A log that ends earlier now, or has another event there, was restored
    /// to an earlier state: that is told once, and from then on it is taken as it is.
    ///
    /// # Errors
    /// [`StoreError::Rewound`] and [`StoreError::Rewritten`], before anything is written.
    ///
    /// ```
    /// use factos_core::store::{LogInfo, Seen, StoreError};
    /// use factos_core::{EventId, LogId, LogName, Position};
    ///
    /// let info = LogInfo::new(LogName::default(), LogId::new());
    /// let (before, after) = (Some(EventId::new()), Some(EventId::new()));
    /// info.announce(Seen::new(Position::new(3), before));
    ///
    /// let seen = info.seen();
    /// assert!(info.compare(seen, Position::new(5), before).is_ok());
    /// let told = info.compare(seen, Position::new(5), after);
    /// assert!(matches!(told, Err(StoreError::Rewritten { position }) if position.get() == 3));
    /// assert!(info.compare(info.seen(), Position::new(5), after).is_ok());
    /// ```
    pub fn compare(
        &self,
        seen: Seen,
        head: Position,
        there: Option<EventId>,
    ) -> Result<(), StoreError> {
        let is_another = there.is_some() && seen.event.is_some() && there != seen.event;
        let error = if head < seen.head {
            let seen = seen.head;
            StoreError::Rewound { seen, head }
        } else if is_another {
            let position = seen.head;
            StoreError::Rewritten { position }
        } else {
            return Ok(());
        };
        self.take_as_it_is(&error);
        Err(error)
    }

    /// Takes a log that was set back as it is from now on. For a store whose database compares by itself, when it has
    /// found that; other errors change nothing.
    pub fn take_as_it_is(&self, error: &StoreError) {
        if matches!(
            error,
            StoreError::Rewound { .. } | StoreError::Rewritten { .. }
        ) {
            // First of all, so that whoever sees the log as it is now knows that it was another one.
            self.resets.fetch_add(1, Ordering::AcqRel);
        }
        match error {
            StoreError::Rewound { head, .. } => {
                self.seen.send_replace((*head).into());
            }
            StoreError::Rewritten { .. } => {
                self.seen.send_if_modified(|known| {
                    known.event = None;
                    false
                });
            }
            _ => {}
        }
    }

    /// Tells this process how far the log reaches now, and which event stands there if the store knows it. Called by the
    /// store, after the commit.
    pub fn announce(&self, seen: impl Into<Seen>) {
        let seen = seen.into();
        self.seen.send_if_modified(|known| {
            let is_newer = seen.head > known.head;
            if is_newer {
                *known = seen;
            } else if seen.head == known.head {
                known.event = seen.event.or(known.event);
            }
            is_newer
        });
    }

    /// Follows what this process sees of the head. It is a hint to read, never a checkpoint.
    pub fn watch(&self) -> HeadWatch {
        HeadWatch(self.seen.subscribe())
    }
}

/// Wakes up when this process learns of new events.
#[derive(Debug, Clone)]
pub struct HeadWatch(watch::Receiver<Seen>);

impl HeadWatch {
    /// Waits until the log is known to reach beyond `position`, and answers how far. `None` when the store is gone.
    pub async fn beyond(&mut self, position: Position) -> Option<Position> {
        self.0
            .wait_for(|seen| seen.head > position)
            .await
            .ok()
            .map(|seen| seen.head)
    }
}
