//! Keeps a lease while a projection is at work, also while one of its transactions takes long. Where that holds the only
//! writer, nothing can be renewed, and nobody else can take the lease either.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::position::Position;
use crate::read_model::{Lease, ReadModel, Renewal, answered};

/// Renews a lease three times in its time. Dropping it ends that.
pub(crate) struct LeaseKeeper {
    task: JoinHandle<()>,
    lost: watch::Receiver<bool>,
    retries: Arc<Notify>,
    saved: Arc<AtomicU64>,
}

impl LeaseKeeper {
    /// Under a lease of a version that has come so far.
    pub(crate) fn start<M: ReadModel>(model: M, lease: Lease, position: Position) -> Self {
        let (tell, lost) = watch::channel(false);
        let retries = Arc::new(Notify::new());
        let notify = retries.clone();
        let saved = Arc::new(AtomicU64::new(position.get()));
        let committed = saved.clone();
        let task = tokio::spawn(async move {
            loop {
                sleep(lease.time / 3).await;
                let saved = committed.load(Ordering::Acquire);
                match answered(model.renew(&lease)).await {
                    // A crash has taken away what was saved: whoever begins anew finds it out.
                    Ok(Renewal::Held { position, .. }) if position.get() < saved => {}
                    Ok(Renewal::Held { retries, .. }) => {
                        if retries {
                            notify.notify_one();
                        }
                        continue;
                    }
                    // A database that is away may come back in time. If it does not, the next transaction is refused.
                    Err(_) => continue,
                    Ok(Renewal::Lost) => {}
                }
                tell.send_replace(true);
                return;
            }
        });
        Self {
            task,
            lost,
            retries,
            saved,
        }
    }

    /// The checkpoint has moved here, and is committed.
    pub(crate) fn saved(&self, position: Position) {
        self.saved.store(position.get(), Ordering::Release);
    }

    /// Waits until another process has the lease, or what was committed is not there any more.
    pub(crate) async fn lost(&self) {
        // An error says that the task is gone without a loss.
        if self.lost.clone().wait_for(|lost| *lost).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Waits until a parked event is to be applied again.
    pub(crate) async fn retries(&self) {
        self.retries.notified().await;
    }

    /// Renews it no more.
    pub(crate) fn stop(&self) {
        self.task.abort();
    }
}

impl Drop for LeaseKeeper {
    fn drop(&mut self) {
        self.stop();
    }
}
