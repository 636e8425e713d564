//! Keeps a lease while a projection is at work, also while one of its transactions takes long. Where that holds the only
//! writer, nothing can be renewed, and nobody else can take the lease either.

use std::sync::Arc;

use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::read_model::{Lease, ReadModel, Renewal, answered};

/// Renews a lease three times in its time. Dropping it ends that.
pub(super) struct LeaseKeeper {
    task: JoinHandle<()>,
    lost: watch::Receiver<bool>,
    retries: Arc<Notify>,
}

impl LeaseKeeper {
    pub(super) fn start<M: ReadModel>(model: M, lease: Lease) -> Self {
        let (tell, lost) = watch::channel(false);
        let retries = Arc::new(Notify::new());
        let notify = retries.clone();
        let task = tokio::spawn(async move {
            loop {
                sleep(lease.time / 3).await;
                match answered(model.renew(&lease)).await {
                    Ok(Renewal::Held { retries: true }) => notify.notify_one(),
                    Ok(Renewal::Lost) => {
                        tell.send_replace(true);
                        return;
                    }
                    // A database that is away may come back in time. If it does not, the next transaction is refused.
                    Ok(Renewal::Held { retries: false }) | Err(_) => {}
                }
            }
        });
        Self {
            task,
            lost,
            retries,
        }
    }

    /// Waits until another process has the lease.
    pub(super) async fn lost(&self) {
        // An error says that the task is gone without a loss.
        if self.lost.clone().wait_for(|lost| *lost).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Waits until a parked event is to be applied again.
    pub(super) async fn retries(&self) {
        self.retries.notified().await;
    }

    /// Renews it no more.
    pub(super) fn stop(&self) {
        self.task.abort();
    }
}

impl Drop for LeaseKeeper {
    fn drop(&mut self) {
        self.stop();
    }
}
