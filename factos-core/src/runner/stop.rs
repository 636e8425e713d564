//! The word to stop.

use tokio::sync::watch;

/// Whoever may give it.
pub(super) struct Stopper(watch::Sender<bool>);

/// Whoever waits for it.
#[derive(Debug, Clone)]
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stop {
    pub(super) fn new() -> (Stopper, Self) {
        let (stopper, stop) = watch::channel(false);
        (Stopper(stopper), Self(stop))
    }

    /// One that never comes.
    pub(crate) fn never() -> Self {
        Self(watch::channel(false).1)
    }

    /// Whether it was given.
    pub(crate) fn is_given(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is given.
    pub(crate) async fn stopped(&self) {
        let mut stop = self.0.clone();
        if stop.wait_for(|stop| *stop).await.is_err() {
            // Whoever could have given it is gone.
            std::future::pending::<()>().await;
        }
    }
}

impl Stopper {
    pub(super) fn stop(&self) {
        self.0.send_replace(true);
    }
}
