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
        if !error.is_transient() {
            return Err(error);
        }
        if self.0 == 0 {
            observe::interrupted(who, &error);
        }
        let pause = pause(self.0);
        // Before it waits, as it may be dropped there.
        self.0 = self.0.saturating_add(1);
        sleep(pause).await;
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
