//! Figures of one operation, and what several runs of it come to.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::measure::{Failure, Latencies};

/// One run of one operation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Operations a second, all clients together.
    pub per_second: f64,
    /// Microseconds within which half of the operations were answered.
    pub p50_us: u64,
    /// Microseconds within which 99 of 100 operations were answered.
    pub p99_us: u64,
}

impl Run {
    /// The run in the middle, figure by figure.
    pub fn median(runs: &[Self]) -> Self {
        let middle = |figure: fn(&Self) -> f64| median(runs.iter().map(figure).collect());
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole microseconds"
        )]
        #[expect(clippy::cast_precision_loss, reason = "microseconds of one operation")]
        Self {
            per_second: middle(|run| run.per_second),
            p50_us: middle(|run| run.p50_us as f64) as u64,
            p99_us: middle(|run| run.p99_us as f64) as u64,
        }
    }

    /// One operation that took so long.
    ///
    /// # Errors
    /// When it took longer than can be counted.
    pub fn once(time: Duration) -> Result<Self, Failure> {
        let mut latencies = Latencies::new()?;
        latencies.record(time)?;
        Ok(latencies.within(time))
    }

    /// Runs of the same time in several processes: what they did together, and the slower one's times.
    pub fn together(parts: &[Self]) -> Self {
        let slowest = |figure: fn(&Self) -> u64| parts.iter().map(figure).max().unwrap_or(0);
        Self {
            per_second: parts.iter().map(|run| run.per_second).sum(),
            p50_us: slowest(|run| run.p50_us),
            p99_us: slowest(|run| run.p99_us),
        }
    }

    /// The same run, counted in the parts of which each operation has so many. Times stay those of a whole operation.
    pub fn in_parts(self, parts: u64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "far fewer parts than 2^52")]
        Self {
            per_second: self.per_second * parts as f64,
            ..self
        }
    }
}

/// The median of the ratios of runs to what was measured in the same turn. `NAN` when nothing was.
pub fn ratio(runs: &[Run], limits: &[Run]) -> f64 {
    let turns = runs.iter().zip(limits);
    median(
        turns
            .map(|(run, limit)| run.per_second / limit.per_second)
            .collect(),
    )
}

/// The middle of the figures; of an even number of them the upper one. `NAN` when there is none.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(per_second: f64, p50_us: u64, p99_us: u64) -> Run {
        Run {
            per_second,
            p50_us,
            p99_us,
        }
    }

    #[test]
    fn the_median_is_taken_figure_by_figure() {
        let runs = [run(1.0, 30, 500), run(3.0, 10, 600), run(2.0, 20, 400)];
        assert_eq!(Run::median(&runs), run(2.0, 20, 500));
    }

    #[test]
    fn of_an_even_number_the_median_is_the_upper_one_of_the_middle() {
        assert!((median(vec![4.0, 1.0, 3.0, 2.0]) - 3.0).abs() < f64::EPSILON);
        assert!(median(Vec::new()).is_nan());
    }

    /// A machine that is slow for one turn slows both down, which the ratio of the medians would not show.
    #[test]
    fn a_ratio_compares_runs_of_the_same_turn() {
        let runs = [run(50.0, 1, 1), run(5.0, 1, 1), run(40.0, 1, 1)];
        let limits = [run(100.0, 1, 1), run(10.0, 1, 1), run(20.0, 1, 1)];
        assert!((ratio(&runs, &limits) - 0.5).abs() < f64::EPSILON);
    }

    #[test]
    fn processes_add_up_and_the_slower_one_says_how_long_it_took() {
        let parts = [run(10.0, 5, 90), run(20.0, 7, 80)];
        assert_eq!(Run::together(&parts), run(30.0, 7, 90));
    }

    #[test]
    fn parts_multiply_the_rate_and_leave_the_times() {
        assert_eq!(run(2.0, 5, 6).in_parts(1_000), run(2_000.0, 5, 6));
    }
}
