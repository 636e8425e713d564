//! Notices what other processes append: by their notifications, and by looking.

use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;

use factos_core::store::ReadRequest;
use sqlx::Executor;
use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::link::Sessions;
use super::notify::{CHANNEL, Notice};
use super::options::Notifications;
use super::read;
use super::store::Shared;

/// How often the head is read where nothing is heard.
const LOOK: Duration = Duration::from_millis(50);

/// How often it is read beside notifications, which may be lost.
const LOOK_BESIDE: Duration = Duration::from_millis(250);

/// After so long without a notification, the server is asked whether the connection is still there: one that is gone without
/// a word is silent, too.
const SILENCE: Duration = Duration::from_secs(30);

/// Between two attempts to listen: at first, and at most. Until then it is looked.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));

/// Keeps the store informed of where its log ends.
pub(super) async fn follow(store: &Shared) {
    let may_listen =
        store.opener.sessions == Sessions::Own && store.notifications == Notifications::Used;
    let (mut pause, longest) = PAUSES;
    loop {
        if !may_listen {
            look_for_ever(store).await;
        } else if let Ok(listener) = look_until(store, Box::pin(Listener::open(store))).await {
            pause = PAUSES.0;
            hear(store, listener).await;
        } else {
            look_until(store, sleep(pause)).await;
            pause = (pause * 2).min(longest);
        }
    }
}

/// Reads where the log ends, which announces it. A failure is met by whoever reads next.
async fn look(store: &Shared) {
    let _ = read::read(store, ReadRequest::default()).await;
}

async fn look_for_ever(store: &Shared) -> Infallible {
    loop {
        look(store).await;
        sleep(LOOK).await;
    }
}

/// Looks while something else goes on.
async fn look_until<T>(store: &Shared, other: impl Future<Output = T>) -> T {
    tokio::select! {
        biased;
        outcome = other => outcome,
        never = look_for_ever(store) => match never {},
    }
}

/// Reads the head when a notification tells of a newer one, until the connection is lost.
async fn hear(store: &Shared, mut listener: Listener) {
    // What was appended before it began to listen.
    look(store).await;
    let mut next = Instant::now() + LOOK_BESIDE;
    let mut silent_until = Instant::now() + SILENCE;
    loop {
        match timeout_at(next, listener.hear()).await {
            Ok(Some(payload)) => {
                silent_until = Instant::now() + SILENCE;
                let notice = Notice::parse(&payload);
                let is_news = |notice: Notice| {
                    notice.log == store.identity && notice.head > store.info.head()
                };
                if !notice.is_some_and(is_news) {
                    continue;
                }
            }
            Ok(None) => return,
            Err(_) if Instant::now() >= silent_until => {
                if !listener.is_there(store.max_wait).await {
                    return;
                }
                silent_until = Instant::now() + SILENCE;
            }
            Err(_) => {}
        }
        look(store).await;
        next = Instant::now() + LOOK_BESIDE;
    }
}

/// A connection that listens.
struct Listener {
    /// There until it is dropped.
    listener: Option<PgListener>,
    runtime: Handle,
}

impl Listener {
    async fn open(store: &Shared) -> Result<Self, sqlx::Error> {
        // A pool of one, made of the options as they are now: it is not asked to connect twice.
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(store.max_wait)
            .connect_lazy_with(store.opener.options());
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.eager_reconnect(false);
        // From here on it is dropped with its runtime.
        let mut this = Self {
            listener: Some(listener),
            runtime: Handle::current(),
        };
        if let Some(listener) = &mut this.listener {
            listener.listen(CHANNEL).await?;
        }
        Ok(this)
    }

    /// Whether the server answers on it in this time.
    async fn is_there(&mut self, time: Duration) -> bool {
        let Some(listener) = &mut self.listener else {
            return false;
        };
        let answer = timeout(time, listener.execute("SELECT 1")).await;
        matches!(answer, Ok(Ok(_)))
    }

    /// The next notification; nothing when the connection is lost. It can be called again when it was dropped.
    async fn hear(&mut self) -> Option<String> {
        let heard = self.listener.as_mut()?.try_recv().await;
        heard.ok()?.map(|heard| heard.payload().to_owned())
    }
}

impl Drop for Listener {
    /// It says goodbye in a task, and would panic where there is no runtime.
    fn drop(&mut self) {
        let _runtime = self.runtime.enter();
        self.listener.take();
    }
}
