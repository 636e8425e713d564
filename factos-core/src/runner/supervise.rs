//! Runs a part again when it has failed.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::Instant;

use super::status::PartState;
use super::{Part, PartContext};
use crate::projection::{ProjectionError, panic_message};
use crate::store::{Cause, StoreError};

/// The pause after the first failure, and the longest one.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(30));

/// Runs a part until it is stopped, or fails for good.
pub(super) async fn supervise(part: Arc<dyn Part>, context: PartContext) {
    let mut failures = 0;
    loop {
        let (started, before) = (Instant::now(), context.report.status().position);
        let outcome = AssertUnwindSafe(part.run(&context)).catch_unwind().await;
        let error = match outcome {
            Ok(Ok(()) | Err(ProjectionError::Stopped)) => {
                break context.report.turn(PartState::Ended);
            }
            Ok(Err(error)) => error,
            Err(panic) => {
                let message = panic_message(&*panic);
                let cause = Cause::from(Box::<dyn std::error::Error + Send + Sync>::from(message));
                ProjectionError::Store(StoreError::Other(cause))
            }
        };
        // On an event each attempt was told of.
        if !matches!(error, ProjectionError::Event { .. }) {
            context.report.failed(&error);
        }
        if error.is_permanent() {
            break context.report.turn(match error {
                ProjectionError::Superseded { .. } => PartState::Superseded,
                _ => PartState::Stopped,
            });
        }
        context.report.turn(PartState::Retrying);
        // What ran for long before, or has come further, is not in the same trouble.
        if started.elapsed() > PAUSES.1 || context.report.status().position > before {
            failures = 0;
        }
        let pause = pause(failures);
        failures += 1;
        tokio::select! {
            biased;
            () = context.stop.stopped() => break context.report.turn(PartState::Ended),
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// The pause behind so many failures before this one: it doubles, with some jitter.
fn pause(failures: u32) -> Duration {
    let (first, longest) = PAUSES;
    let pause = first.saturating_mul(1 << failures.min(16)).min(longest);
    pause.mul_f64(0.5 + fastrand::f64() / 2.0)
}
