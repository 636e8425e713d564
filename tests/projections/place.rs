//! Where rules are tested: a log and a read model, of each kind.

use std::time::Duration;

use factos::read_model::ReadModel;
use factos::sqlite::SqliteReadModel;
use factos::{EventLog, Position, Projection};

use super::domain::{Tally, projections};
use crate::support::sqlite_url;

/// Long enough for everything that comes at all.
pub const SOON: Duration = Duration::from_secs(30);

/// A kind of read model, with the projections into it.
pub trait Kind: Sized + Send + Sync + 'static {
    type Model: ReadModel;
    type Sums: Projection<<Self::Model as ReadModel>::Connection>;
    type Slices: Projection<<Self::Model as ReadModel>::Connection>;
    type Plain: Projection<<Self::Model as ReadModel>::Connection>;
    type Second: Projection<<Self::Model as ReadModel>::Connection>;
    type Unmakeable: Projection<<Self::Model as ReadModel>::Connection>;

    fn sums() -> Self::Sums;
    fn slices() -> Self::Slices;
    fn plain() -> Self::Plain;
    fn second() -> Self::Second;
    fn unmakeable() -> Self::Unmakeable;
    async fn new() -> Place<Self>;
    /// Another handle of the place's model, as another process would have it.
    async fn again(place: &Place<Self>) -> Self::Model;
    /// Another model, which does not share a writer with this one.
    async fn another_model(place: &Place<Self>) -> Self::Model;
    async fn number(model: &Self::Model, query: &str) -> Result<Option<i64>, sqlx::Error>;
}

/// A log and a read model.
pub struct Place<K: Kind> {
    pub log: EventLog,
    pub model: K::Model,
    log_url: String,
    model_url: String,
    directory: tempfile::TempDir,
}

impl<K: Kind> Place<K> {
    /// What a reader sees.
    pub async fn number(&self, query: &str) -> i64 {
        let number = K::number(&self.model, query).await;
        number.expect("a query").expect("a row")
    }

    /// Another handle of the log, as another process would have it.
    pub async fn log_again(&self) -> EventLog {
        factos::open(&self.log_url).await.expect("the log opens")
    }

    pub async fn append(&self, events: impl factos::IntoEvents) -> Position {
        let stored = self.log.append(events).await.expect("an append");
        stored.last().expect("an event").position
    }

    /// What the events of the log add up to.
    pub async fn expected(&self) -> i64 {
        use futures_util::TryStreamExt;
        let events = self.log.events(factos::Query::all()).stored();
        let events: Vec<_> = events.try_collect().await.expect("a read");
        let by = |event: &factos::StoredEvent| match event.decode::<Tally>().expect("a tally").data
        {
            Tally::Counted { by }
            | Tally::Gated { by, .. }
            | Tally::Refused { by, .. }
            | Tally::Panicked { by, .. } => by,
            Tally::Ignored {} => 0,
        };
        events.iter().map(by).sum()
    }
}

/// A runner in a task, which is told to stop and answers how its parts were doing.
pub struct Running {
    stop: tokio::sync::oneshot::Sender<()>,
    task: tokio::task::JoinHandle<Vec<factos::PartStatus>>,
    pub status: factos::RunnerStatus,
}

impl Running {
    pub fn start<C: 'static>(runner: factos::Runner<C>) -> Self {
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let status = runner.status();
        let shutdown = async { stopped.await.unwrap_or(()) };
        Self {
            stop,
            task: tokio::spawn(runner.run(shutdown)),
            status,
        }
    }

    pub async fn stop(self) -> Vec<factos::PartStatus> {
        self.stop.send(()).expect("it runs");
        let ended = tokio::time::timeout(SOON, self.task).await;
        ended.expect("it ends").expect("no panic")
    }

    /// Ends it as a process that dies does: nothing is given back.
    pub async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }

    /// Waits until the only part is in a state like this.
    pub async fn until(&self, is: impl Fn(&factos::PartStatus) -> bool) -> factos::PartStatus {
        self.until_part(0, is).await
    }

    pub async fn until_part(
        &self,
        part: usize,
        is: impl Fn(&factos::PartStatus) -> bool,
    ) -> factos::PartStatus {
        let began = std::time::Instant::now();
        loop {
            let status = self.status.parts().swap_remove(part);
            if is(&status) {
                return status;
            }
            assert!(began.elapsed() < SOON, "it stays {status:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

pub struct Sqlite;

pub mod into_sqlite {
    super::projections!(sqlx::SqliteConnection);
}

impl Kind for Sqlite {
    type Model = SqliteReadModel;
    type Sums = into_sqlite::sums;
    type Slices = into_sqlite::slices;
    type Plain = into_sqlite::plain;
    type Second = into_sqlite::second::sums;
    type Unmakeable = into_sqlite::unmakeable;

    fn sums() -> Self::Sums {
        into_sqlite::sums()
    }

    fn slices() -> Self::Slices {
        into_sqlite::slices()
    }

    fn plain() -> Self::Plain {
        into_sqlite::plain()
    }

    fn second() -> Self::Second {
        into_sqlite::second::sums()
    }

    fn unmakeable() -> Self::Unmakeable {
        into_sqlite::unmakeable()
    }

    async fn new() -> Place<Self> {
        let directory = tempfile::tempdir().expect("a directory");
        let log_url = sqlite_url(&directory);
        let model_url = format!("sqlite:{}", directory.path().join("rows.db").display());
        Place {
            log: factos::open(&log_url).await.expect("the log opens"),
            model: SqliteReadModel::open(&model_url).await.expect("it opens"),
            log_url,
            model_url,
            directory,
        }
    }

    async fn again(place: &Place<Self>) -> Self::Model {
        SqliteReadModel::open(&place.model_url)
            .await
            .expect("it opens")
    }

    async fn another_model(place: &Place<Self>) -> Self::Model {
        let path = place.directory.path().join("others.db");
        let url = format!("sqlite:{}", path.display());
        SqliteReadModel::open(&url).await.expect("it opens")
    }

    async fn number(model: &Self::Model, query: &str) -> Result<Option<i64>, sqlx::Error> {
        let query = sqlx::query_scalar(sqlx::AssertSqlSafe(query));
        query.fetch_optional(model.pool()).await
    }
}

#[cfg(feature = "postgres")]
pub use with_server::Postgres;

#[cfg(feature = "postgres")]
mod with_server {
    use factos::postgres::PostgresReadModel;

    use super::*;

    pub struct Postgres;

    pub mod into_postgres {
        super::projections!(sqlx::PgConnection);
    }

    impl Kind for Postgres {
        type Model = PostgresReadModel;
        type Sums = into_postgres::sums;
        type Slices = into_postgres::slices;
        type Plain = into_postgres::plain;
        type Second = into_postgres::second::sums;
        type Unmakeable = into_postgres::unmakeable;

        fn sums() -> Self::Sums {
            into_postgres::sums()
        }

        fn slices() -> Self::Slices {
            into_postgres::slices()
        }

        fn plain() -> Self::Plain {
            into_postgres::plain()
        }

        fn second() -> Self::Second {
            into_postgres::second::sums()
        }

        fn unmakeable() -> Self::Unmakeable {
            into_postgres::unmakeable()
        }

        /// Log and rows are in one database.
        async fn new() -> Place<Self> {
            let url = factos_test_server::Server::shared().database();
            Place {
                log: factos::open(&url).await.expect("the log opens"),
                model: PostgresReadModel::open(&url).await.expect("it opens"),
                log_url: url.clone(),
                model_url: url,
                directory: tempfile::tempdir().expect("a directory"),
            }
        }

        async fn again(place: &Place<Self>) -> Self::Model {
            PostgresReadModel::open(&place.model_url)
                .await
                .expect("it opens")
        }

        async fn another_model(place: &Place<Self>) -> Self::Model {
            Self::again(place).await
        }

        async fn number(model: &Self::Model, query: &str) -> Result<Option<i64>, sqlx::Error> {
            let query = sqlx::query_scalar(sqlx::AssertSqlSafe(query));
            query.fetch_optional(model.pool()).await
        }
    }
}

/// Makes a test of each rule for each kind of read model.
macro_rules! on_every_model {
    ($($rule:ident)+) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $rule() {
                super::$rule(<crate::place::Sqlite as crate::place::Kind>::new().await).await;
            })+
        }

        #[cfg(feature = "postgres")]
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $rule() {
                super::$rule(<crate::place::Postgres as crate::place::Kind>::new().await).await;
            })+
        }
    };
}
pub(crate) use on_every_model;
