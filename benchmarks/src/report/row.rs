//! One line of the tables: an operation, what it is compared with, and what it must reach.

use serde::Serialize;

use crate::bar::Bar;
use crate::figures::{self, Run};

/// An operation with the medians of its runs.
#[derive(Debug, Serialize)]
pub struct Row {
    /// The database, and what else sets its figures apart.
    pub setting: String,
    pub operation: String,
    pub median: Run,
    pub compared: Option<Compared>,
    pub bar: Option<Bar>,
    /// Whether the bar is met; nothing where there is none.
    pub is_met: Option<bool>,
    pub runs: Vec<Run>,
}

/// How an operation stands beside another one of the same turn.
#[derive(Debug, Serialize)]
pub struct Compared {
    pub with: String,
    /// The median of the ratios, run by run.
    pub ratio: f64,
}

/// What an operation is compared with.
pub struct Limit<'a> {
    name: String,
    runs: &'a [Run],
}

impl<'a> Limit<'a> {
    /// Another operation, by its name and its runs in the same turns.
    pub fn new(name: &impl ToString, runs: &'a [Run]) -> Self {
        Self {
            name: name.to_string(),
            runs,
        }
    }
}

impl Row {
    /// What was measured, run by run.
    pub fn new(
        setting: &str,
        operation: &impl ToString,
        runs: Vec<Run>,
        limit: Option<Limit<'_>>,
        bar: Option<Bar>,
    ) -> Self {
        let median = Run::median(&runs);
        let compared = limit.map(|limit| Compared {
            with: limit.name,
            ratio: figures::ratio(&runs, limit.runs),
        });
        let ratio = compared.as_ref().map(|compared| compared.ratio);
        Self {
            setting: setting.into(),
            operation: operation.to_string(),
            is_met: bar.map(|bar| bar.is_met(&median, ratio)),
            median,
            compared,
            bar,
            runs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(per_second: [f64; 3]) -> Vec<Run> {
        per_second
            .map(|per_second| Run {
                per_second,
                p50_us: 10,
                p99_us: 20,
            })
            .to_vec()
    }

    #[test]
    fn the_verdict_is_that_of_the_ratios_of_the_turns() {
        let limit = runs([100.0, 100.0, 10.0]);
        let row = |bar| {
            let limit = Some(Limit::new(&"raw", &limit));
            Row::new("here", &"append", runs([50.0, 60.0, 70.0]), limit, bar)
        };
        assert_eq!(row(Some(Bar::Ratio(0.6))).is_met, Some(true));
        // The ratio of the medians.
        assert_eq!(row(Some(Bar::Ratio(0.61))).is_met, Some(false));
        assert_eq!(row(None).is_met, None);
    }
}
