//! A gate at which whoever comes by waits while it is closed.

use std::sync::Arc;

use tokio::sync::watch;

/// A gate, open at first. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Gate {
    is_closed: Arc<watch::Sender<bool>>,
    waiting: Arc<watch::Sender<u32>>,
}

impl Gate {
    pub fn open() -> Self {
        Self {
            is_closed: Arc::new(watch::Sender::new(false)),
            waiting: Arc::default(),
        }
    }

    pub fn close(&self) {
        self.is_closed.send_replace(true);
    }

    /// Lets those pass who wait, and all later ones.
    pub fn reopen(&self) {
        self.is_closed.send_replace(false);
    }

    /// Goes through, once it is open.
    pub async fn pass(&self) {
        if *self.is_closed.borrow() {
            self.waiting.send_modify(|count| *count += 1);
        }
        let mut closed = self.is_closed.subscribe();
        let opened = closed.wait_for(|is_closed| !is_closed).await;
        opened.expect("the gate is there");
    }

    /// Waits until somebody stands in front of it.
    pub async fn reached(&self) {
        let mut waiting = self.waiting.subscribe();
        let reached = waiting.wait_for(|count| *count > 0).await;
        reached.expect("the gate is there");
    }
}
