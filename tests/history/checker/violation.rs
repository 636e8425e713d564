//! What the checker can find wrong.

/// A rule that a history can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Positions go up by one.
    Positions,
    /// The recorded time never goes back.
    Time,
    /// An event id occurs once.
    EventIds,
    /// Revisions of a stream go up by one from 0, and are as they were expected.
    Revisions,
    /// An append is stored once, and one under an idempotency key is the only one.
    Once,
    /// An append is stored whole, side by side, as it was sent.
    Whole,
    /// What was acknowledged is there, where it was said to be, behind what was there before it was sent.
    Acknowledged,
    /// What was refused or settled as void is not there.
    Refused,
    /// What is there was sent.
    Origin,
    /// No event that matches a guard stands between its position and the append.
    Guards,
    /// What was decided on the events of another append stands behind it, or not at all.
    Dependence,
    /// A group is one commit: its appends stand side by side in their order.
    Group,
    /// A refusal has the reason that it names.
    Reasons,
    /// Guards that were confirmed held at some moment of the call; what was read under the lock is the log's end.
    Confirmed,
    /// A read is the log, or what of it matches.
    Reads,
    /// Whoever follows the log comes to its end.
    Arrives,
    /// Nobody hears what nothing has caused.
    Answers,
}

pub type Violation = crate::disturbed::violations::Violation<Rule>;
pub type Violations = crate::disturbed::violations::Violations<Rule>;
