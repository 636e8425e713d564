//! What the checker finds wrong.

use std::fmt;

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
    /// Nobody hears what nothing has caused.
    Answers,
}

/// One place where a history breaks a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation {
    pub rule: Rule,
    pub text: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.rule, self.text)
    }
}

/// The violations found so far; of many, the first ones.
#[derive(Debug, Default)]
pub struct Violations {
    pub first: Vec<Violation>,
    pub count: usize,
}

/// As many as anybody wants to read.
const MOST: usize = 200;

impl Violations {
    pub fn add(&mut self, rule: Rule, text: impl fmt::Display) {
        self.expect(false, rule, || text.to_string());
    }

    /// Adds one unless the rule is kept.
    pub fn expect(&mut self, kept: bool, rule: Rule, text: impl FnOnce() -> String) {
        if kept {
            return;
        }
        self.count += 1;
        // The first one of each rule is always kept.
        if self.first.len() < MOST || self.first.iter().all(|known| known.rule != rule) {
            let text = text();
            self.first.push(Violation { rule, text });
        }
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} violations", self.count)?;
        self.first
            .iter()
            .try_for_each(|found| writeln!(f, "- {found}"))
    }
}
