//! Bars: what a figure must reach.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::figures::Run;

/// What an operation must reach.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bar {
    /// At least this part of what it is compared with.
    Ratio(f64),
    /// Half of the operations are answered in less than this time.
    Within(Duration),
}

impl Bar {
    /// Whether it is met by the median of the runs and of their ratios. What was not measured meets nothing.
    pub fn is_met(self, median: &Run, ratio: Option<f64>) -> bool {
        match self {
            Self::Ratio(least) => ratio.is_some_and(|ratio| ratio >= least),
            Self::Within(most) => Duration::from_micros(median.p50_us) < most,
        }
    }
}

impl fmt::Display for Bar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ratio(least) => write!(f, "≥ {least}"),
            Self::Within(most) => write!(f, "p50 < {} ms", most.as_millis()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered_in(p50_us: u64) -> Run {
        Run {
            per_second: 1.0,
            p50_us,
            p99_us: 1_000_000,
        }
    }

    #[test]
    fn a_ratio_is_met_from_the_bar_on() {
        let bar = Bar::Ratio(0.6);
        assert!(bar.is_met(&answered_in(1), Some(0.6)));
        assert!(!bar.is_met(&answered_in(1), Some(0.599)));
    }

    #[test]
    fn what_was_not_measured_meets_nothing() {
        assert!(!Bar::Ratio(0.0).is_met(&answered_in(1), None));
        assert!(!Bar::Ratio(0.0).is_met(&answered_in(1), Some(f64::NAN)));
    }

    #[test]
    fn a_time_is_met_below_the_bar_only() {
        let bar = Bar::Within(Duration::from_millis(150));
        assert!(bar.is_met(&answered_in(149_999), None));
        assert!(!bar.is_met(&answered_in(150_000), None));
    }

    #[test]
    fn bars_say_what_they_ask_for() {
        assert_eq!(Bar::Ratio(1.3).to_string(), "≥ 1.3");
        let within = Bar::Within(Duration::from_millis(150));
        assert_eq!(within.to_string(), "p50 < 150 ms");
    }
}
