//! What the checker can find wrong.

/// A rule that a history of dispatches can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Positions go up by one.
    Positions,
    /// What stands in the log is what the decider answers on the states in front of it.
    Decision,
    /// The events of a call stand side by side, as one append, all of them.
    Whole,
    /// A call stands in the log once.
    Once,
    /// What is there was called.
    Origin,
    /// What was acknowledged is there, where it was said to be, behind what was there before it was called.
    Acknowledged,
    /// What was refused, empty, lost, failed or settled as void is not there.
    Refused,
    /// At some position between its arrival and its answer, the decider answers nothing, or refuses just so.
    Confirmed,
    /// A conflict names an event that is there, and lost as many rounds as it was given.
    Reasons,
    /// Nobody hears what nothing has caused.
    Answers,
}

pub type Violation = crate::disturbed::violations::Violation<Rule>;
pub type Violations = crate::disturbed::violations::Violations<Rule>;
