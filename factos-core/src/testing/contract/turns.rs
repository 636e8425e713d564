//! Writers and a reader at the same time, however fast the store is.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::words::joined;

/// Appends that may begin with each look of the reader.
const AT_ONCE: usize = 3;

/// Lets writers go on as the reader does: otherwise a fast store has written everything before the first read.
#[derive(Clone)]
pub(super) struct Turns(Arc<Semaphore>);

impl Turns {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    /// Waits for the writer's next turn.
    pub(super) async fn next(&self) {
        match self.0.acquire().await {
            Ok(turn) => turn.forget(),
            Err(_) => unreachable!("nobody ends the turns"),
        }
    }

    /// Calls `look` again and again while the writers write, and once more when they have written.
    pub(super) async fn look<T>(&self, writers: JoinHandle<T>, mut look: impl AsyncFnMut()) {
        loop {
            let is_last = writers.is_finished();
            self.0.add_permits(AT_ONCE);
            look().await;
            if is_last {
                break;
            }
            tokio::task::yield_now().await;
        }
        joined(writers).await;
    }
}
