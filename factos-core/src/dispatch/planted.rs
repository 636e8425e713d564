//! Faults that factos's own tests plant into the dispatcher, to show that its checkers find them.

/// A promise that a dispatcher can be made to break.
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
}
