//! What a checker finds wrong.

use std::fmt;

/// One place where a history breaks a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation<R> {
    pub rule: R,
    pub text: String,
}

impl<R: fmt::Debug> fmt::Display for Violation<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.rule, self.text)
    }
}

/// The violations found so far; of many, the first ones.
#[derive(Debug)]
pub struct Violations<R> {
    pub first: Vec<Violation<R>>,
    pub count: usize,
}

/// As many as anybody wants to read.
const MOST: usize = 200;

impl<R: Copy + PartialEq> Violations<R> {
    pub fn add(&mut self, rule: R, text: impl fmt::Display) {
        self.expect(false, rule, || text.to_string());
    }

    /// Adds one unless the rule is kept.
    pub fn expect(&mut self, kept: bool, rule: R, text: impl FnOnce() -> String) {
        if kept {
            return;
        }
        self.count += 1;
        // The first one of each rule is always kept.
        if self.first.len() < MOST || !self.breaks(&[rule]) {
            let text = text();
            self.first.push(Violation { rule, text });
        }
    }

    /// Whether one of these rules is broken.
    pub fn breaks(&self, rules: &[R]) -> bool {
        self.first.iter().any(|found| rules.contains(&found.rule))
    }
}

impl<R> Default for Violations<R> {
    fn default() -> Self {
        Self {
            first: Vec::new(),
            count: 0,
        }
    }
}

impl<R: fmt::Debug> fmt::Display for Violations<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} violations", self.count)?;
        self.first
            .iter()
            .try_for_each(|found| writeln!(f, "- {found}"))
    }
}
