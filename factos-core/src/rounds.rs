//! Rounds: how often a command is decided, the pause after one that was lost to others, and what a round under the log's
//! lock may end with.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use crate::commit::{Withdraw, cause};
use crate::error::{DispatchError, InvalidOption};
use crate::store::{Cause, StoreError};

pub(crate) const DEFAULT_ROUNDS: u32 = 10;
/// Rounds that may be lost before the command is decided while the log's lock is held.
pub(crate) const LOCK_AFTER: u32 = 3;
/// Half of the longest pause after the first lost round; it doubles with each one.
const BACKOFF: Duration = Duration::from_millis(2);

pub(crate) fn check_rounds(rounds: u32) -> Result<(), InvalidOption> {
    if rounds == 0 {
        return Err(InvalidOption {
            option: "rounds",
            value: "0".into(),
            rule: "it takes at least 1",
        });
    }
    Ok(())
}

/// Waits a random while, longer after each lost round, so that those who collided do not collide again.
pub(crate) async fn pause<R>(lost: u32, deadline: Instant) -> Result<(), DispatchError<R>> {
    let longest = BACKOFF.saturating_mul(1 << lost.min(6));
    let pause = sleep(longest.mul_f64(fastrand::f64()));
    let paused = timeout_at(deadline, pause).await;
    paused.map_err(|_| DispatchError::Timeout { operation: "wait" })
}

/// Time ran out while the lock was waited for or held: the request is withdrawn, or the store has it.
pub(crate) fn late<R>(withdraw: &Withdraw, cause: Cause) -> DispatchError<R> {
    match withdraw.now() {
        Ok(()) => DispatchError::Timeout { operation: "lock" },
        Err(append_id) => DispatchError::OutcomeUnknown { append_id, cause },
    }
}

/// The store was to decide under its lock, and did not.
pub(crate) fn not_asked() -> StoreError {
    StoreError::Other(cause(
        "the store did not do what was decided under its lock",
    ))
}
