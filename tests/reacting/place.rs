//! Where reactors are tested: a log and a read model, of each kind.

use std::time::Duration;

use factos::read_model::ReadModel;
use factos::sqlite::SqliteReadModel;
use factos::{EventLog, MemoryReadModel, PartStatus, Runner, RunnerStatus};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::support::stores::Fresh;

/// Long enough for everything that comes at all.
pub const SOON: Duration = Duration::from_secs(30);

/// A log with a read model.
pub trait Place {
    type Model: ReadModel;

    fn log(&self) -> EventLog;
    async fn model(&self) -> Self::Model;
}

pub struct InMemory(pub Fresh);

impl Place for InMemory {
    type Model = MemoryReadModel;

    fn log(&self) -> EventLog {
        self.0.log.clone()
    }

    async fn model(&self) -> MemoryReadModel {
        MemoryReadModel::new()
    }
}

pub struct Sqlite(pub Fresh, pub tempfile::TempDir);

impl Place for Sqlite {
    type Model = SqliteReadModel;

    fn log(&self) -> EventLog {
        self.0.log.clone()
    }

    async fn model(&self) -> SqliteReadModel {
        let path = self.1.path().join("reactors.db");
        let url = format!("sqlite:{}", path.display());
        SqliteReadModel::open(&url).await.expect("it opens")
    }
}

#[cfg(feature = "postgres")]
pub struct Postgres(pub EventLog, pub String);

#[cfg(feature = "postgres")]
impl Place for Postgres {
    type Model = factos::postgres::PostgresReadModel;

    fn log(&self) -> EventLog {
        self.0.clone()
    }

    async fn model(&self) -> factos::postgres::PostgresReadModel {
        let model = factos::postgres::PostgresReadModel::open(&self.1).await;
        model.expect("it opens")
    }
}

/// A runner in a task.
pub struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Vec<PartStatus>>,
    status: RunnerStatus,
}

impl Running {
    pub fn start<C: 'static>(runner: Runner<C>) -> Self {
        let (stop, stopped) = oneshot::channel();
        let status = runner.status();
        let task = tokio::spawn(runner.run(async { stopped.await.unwrap_or(()) }));
        Self { stop, task, status }
    }

    pub async fn stop(self) -> Vec<PartStatus> {
        self.stop.send(()).expect("it runs");
        let ended = tokio::time::timeout(SOON, self.task).await;
        ended.expect("it ends").expect("no panic")
    }

    /// Ends it as a process that dies does: nothing is given back.
    pub async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }

    /// Waits until the only part is like this.
    pub async fn until(&self, is: impl Fn(&PartStatus) -> bool) -> PartStatus {
        until(async || {
            let status = self.status.parts().swap_remove(0);
            is(&status).then_some(status)
        })
        .await
    }
}

/// Asks until there is an answer.
pub async fn until<T>(ask: impl AsyncFn() -> Option<T>) -> T {
    let began = std::time::Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(began.elapsed() < SOON, "in time");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Makes a test of each rule in each place.
macro_rules! on_every_place {
    ($($rule:ident)+) => {
        mod memory {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $rule() {
                let fresh = crate::support::stores::memory(factos::LogOptions::default()).await;
                super::$rule(crate::place::InMemory(fresh)).await;
            })+
        }

        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $rule() {
                let fresh = crate::support::stores::sqlite(factos::LogOptions::default()).await;
                let directory = tempfile::tempdir().expect("a directory");
                super::$rule(crate::place::Sqlite(fresh, directory)).await;
            })+
        }

        #[cfg(feature = "postgres")]
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $rule() {
                let url = factos_test_server::Server::shared().database();
                let log = factos::open(&url).await.expect("the log opens");
                super::$rule(crate::place::Postgres(log, url)).await;
            })+
        }
    };
}
pub(crate) use on_every_place;
