//! Going on after failures that pass by themselves.

use std::time::Duration;

use tokio::time::sleep;

use crate::observe;
use crate::store::StoreError;

/// The pause after the first failure, and the longest one.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));

/// How often it has failed lately.
#[derive(Debug, Default)]
pub(crate) struct Retry(u32);

impl Retry {
    /// Waits before the next attempt, longer after each failure; gives an error back that does not pass by itself.
    pub(crate) async fn after(&mut self, error: StoreError, who: &str) -> Result<(), StoreError> {
        let was_set_back = matches!(
            error,
            StoreError::Rewound { .. } | StoreError::Rewritten { .. }
        );
        // That the log was set back is told once, to whoever reads next. It may have reached less far then than it did here.
        let passes = error.is_transient() || (was_set_back && self.0 == 0);
        if !passes {
            return Err(error);
        }
        if self.0 == 0 {
            observe::interrupted(who, &error);
        }
        sleep(pause(self.0)).await;
        self.0 = self.0.saturating_add(1);
        Ok(())
    }

    /// It went well.
    pub(crate) fn succeeded(&mut self, who: &str) {
        if std::mem::take(&mut self.0) > 0 {
            observe::resumed(who);
        }
    }
}

/// The pause after so many failures before this one: it doubles, with some jitter.
fn pause(failures: u32) -> Duration {
    let (first, longest) = PAUSES;
    let pause = first.saturating_mul(1 << failures.min(16)).min(longest);
    pause.mul_f64(0.5 + fastrand::f64() / 2.0)
}
