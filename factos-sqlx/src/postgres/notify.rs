//! Tells other processes of appends, after they are committed: a hint to read, which may be lost.
//!
//! `NOTIFY` in the append's own transaction would make all writers of a server wait for each other, from before the commit
//! until it is on the disk.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use factos_core::Position;
use factos_core::store::LogInfo;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use super::link::{Link, Opener};
use super::options::Notifications;
use crate::connections::Opener as _;

/// The channel that all logs of a database share.
pub(super) const CHANNEL: &str = "factos";

/// Between two notifications at least.
const PAUSE: Duration = Duration::from_millis(10);

/// After a failure.
const LONG_PAUSE: Duration = Duration::from_millis(250);

/// A connection that nothing was sent on for so long is closed.
const IDLE: Duration = Duration::from_secs(30);

/// How far a log reaches, as it is sent: its identity, and the position of its last event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Notice {
    pub(super) log: Uuid,
    pub(super) head: Position,
}

impl Notice {
    fn payload(self) -> String {
        format!("{} {}", self.log, self.head)
    }

    /// What was sent; nothing for what others have sent on the same channel.
    pub(super) fn parse(payload: &str) -> Option<Self> {
        let (log, head) = payload.split_once(' ')?;
        let log = log.parse().ok()?;
        let head = Position::new(head.parse().ok()?);
        Some(Self { log, head })
    }
}

/// Sends notices by a task on the runtime that appends, which begins when it is first needed and ends with the store.
pub(super) struct Notifier {
    notifications: Notifications,
    opener: Opener,
    log: Uuid,
    heads: watch::Sender<Position>,
    starting: Mutex<()>,
}

impl Notifier {
    pub(super) fn new(notifications: Notifications, opener: Opener, log: Uuid) -> Self {
        Self {
            notifications,
            opener,
            log,
            heads: watch::Sender::new(Position::START),
            starting: Mutex::default(),
        }
    }

    /// Leaves it to the task to tell others how far the log reaches. Waits for nothing.
    pub(super) fn tell(&self, info: &LogInfo) {
        if self.notifications == Notifications::Unused {
            return;
        }
        // One at a time reads it here, so that the newest is not overwritten.
        self.heads.send_if_modified(|known| {
            let head = info.head();
            let is_other = *known != head;
            *known = head;
            is_other
        });
        if self.heads.receiver_count() == 0 {
            self.start();
        }
    }

    /// Also when the task has ended because its runtime has.
    fn start(&self) {
        let _one = self.starting.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        if self.heads.receiver_count() == 0 {
            let mut heads = self.heads.subscribe();
            heads.mark_changed();
            runtime.spawn(send(self.opener.clone(), self.log, heads));
        }
    }
}

/// Sends the newest head, and again when there is a newer one.
async fn send(opener: Opener, log: Uuid, mut heads: watch::Receiver<Position>) {
    let mut link = None;
    loop {
        match timeout(IDLE, heads.changed()).await {
            Ok(Ok(())) => {
                let head = *heads.borrow_and_update();
                let sent = notify(&opener, &mut link, Notice { log, head }).await;
                sleep(if sent.is_some() { PAUSE } else { LONG_PAUSE }).await;
            }
            Ok(Err(_)) => break,
            Err(_) => close(link.take()).await,
        }
    }
    close(link).await;
}

/// Nothing is said of a failure: whoever waits for the notice looks by itself.
async fn notify(opener: &Opener, slot: &mut Option<Link>, notice: Notice) -> Option<()> {
    // Taken out, so that one that failed, or was left in the middle, is not used again.
    if let Some(mut link) = slot.take()
        && run(opener, &mut link, notice).await.is_some()
    {
        *slot = Some(link);
        return Some(());
    }
    // It may have been ended since it was last used.
    let mut link = opener.open().await.ok()?;
    run(opener, &mut link, notice).await?;
    *slot = Some(link);
    Some(())
}

async fn run(opener: &Opener, link: &mut Link, notice: Notice) -> Option<()> {
    // What is said of a commit that is on the disk need not be on the disk itself.
    let statements = format!(
        "BEGIN; SET LOCAL synchronous_commit = off; SELECT pg_catalog.pg_notify('{CHANNEL}', '{}'); COMMIT",
        notice.payload()
    );
    let deadline = Instant::now() + opener.max_wait;
    link.run(deadline, &statements).await.ok()
}

async fn close(link: Option<Link>) {
    if let Some(link) = link {
        link.close().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_understood_and_nothing_else() {
        let notice = Notice {
            log: Uuid::from_bytes([7; 16]),
            head: Position::new(42),
        };
        assert_eq!(Notice::parse(&notice.payload()), Some(notice));
        for other in ["", "42", "x 42", "07070707-0707-0707-0707-070707070707 x"] {
            assert_eq!(Notice::parse(other), None, "{other}");
        }
    }
}
