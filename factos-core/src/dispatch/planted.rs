//! Faults that factos's own tests plant into the dispatcher and into subscriptions, to show that their checkers find them.

/// A promise that a dispatcher or a subscription can be made to break.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// A cached state moves on because another command was committed, though others may have appended in between.
    MovedByOthers,
    /// A cached state is taken for up to date after a conflict without reading what changed it.
    KeptAfterConflict,
    /// A rejection is answered without having its guards confirmed.
    RejectedUnconfirmed,
    /// A command does not see what an earlier one of its group has decided.
    GroupMateForgotten,
    /// A rejection does not depend on the staged events that it rests on.
    RejectedOnUncommitted,
    /// A subscription waits for what comes after it began to wait, whatever came since it read, and does not look by itself.
    WakeUpLost,
    /// A subscription takes from a read of its own how far it has come, rather than from the one that brought the events.
    HeadReadApart,
}

/// What is planted in a log; nothing, but for tests that have the feature `planted-faults`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Planted {
    #[cfg(feature = "planted-faults")]
    fault: Option<Fault>,
}

impl Planted {
    #[cfg(feature = "planted-faults")]
    pub(crate) fn new(fault: Fault) -> Self {
        Self { fault: Some(fault) }
    }

    #[cfg(feature = "planted-faults")]
    pub(crate) fn has(self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    #[cfg(not(feature = "planted-faults"))]
    #[expect(clippy::unused_self, reason = "there is nothing to ask")]
    pub(crate) fn has(self, _: Fault) -> bool {
        false
    }
}
