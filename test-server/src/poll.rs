//! Waiting for what gives no signal.

use std::thread::sleep;
use std::time::{Duration, Instant};

/// Longer than anything takes here, however busy the machine: who waits this long waits for something broken.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

const INTERVAL: Duration = Duration::from_millis(5);

/// What `look` sees first; `None` when it has seen nothing for too long.
pub(crate) fn until<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let seen = look();
        if seen.is_some() || Instant::now() > deadline {
            return seen;
        }
        sleep(INTERVAL);
    }
}
