//! Bars: what a figure must reach.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::figures::Run;
use crate::number::Thousands;

/// What an operation must reach.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bar {
    /// At least this part of what it is compared with.
    Ratio(f64),
    /// Half of the operations are answered in less than this time.
    Within(Duration),
    /// 99 of 100 operations are answered in less than this time.
    NearlyAllWithin(Duration),
    /// At least so many operations a second.
    PerSecond(u32),
}

impl Bar {
    /// Whether it is met by the median of the runs and of their ratios. What was not measured meets nothing.
    pub fn is_met(self, median: &Run, ratio: Option<f64>) -> bool {
        match self {
            Self::Ratio(least) => ratio.is_some_and(|ratio| ratio >= least),
            Self::Within(most) => Duration::from_micros(median.p50_us) < most,
            Self::NearlyAllWithin(most) => Duration::from_micros(median.p99_us) < most,
            Self::PerSecond(least) => median.per_second >= f64::from(least),
        }
    }
}

impl fmt::Display for Bar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ratio(least) => write!(f, "≥ {least}"),
            Self::Within(most) => write!(f, "p50 < {} ms", most.as_millis()),
            Self::NearlyAllWithin(most) => write!(f, "p99 < {} ms", most.as_millis()),
            Self::PerSecond(least) => write!(f, "≥ {} a second", Thousands((*least).into())),
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
    fn a_slow_operation_in_a_hundred_does_not_meet_a_time_for_nearly_all() {
        let run = answered_in(1);
        assert!(Bar::NearlyAllWithin(Duration::from_micros(1_000_001)).is_met(&run, None));
        assert!(!Bar::NearlyAllWithin(Duration::from_secs(1)).is_met(&run, None));
    }

    #[test]
    fn a_rate_is_met_from_the_bar_on() {
        assert!(Bar::PerSecond(1).is_met(&answered_in(1), None));
        assert!(!Bar::PerSecond(2).is_met(&answered_in(1), None));
    }

    #[test]
    fn bars_say_what_they_ask_for() {
        assert_eq!(Bar::Ratio(1.3).to_string(), "≥ 1.3");
        let within = Bar::Within(Duration::from_millis(150));
        assert_eq!(within.to_string(), "p50 < 150 ms");
        let nearly_all = Bar::NearlyAllWithin(Duration::from_millis(10));
        assert_eq!(nearly_all.to_string(), "p99 < 10 ms");
        assert_eq!(Bar::PerSecond(100_000).to_string(), "≥ 100,000 a second");
    }
}
