//! Databases for read models, and short ways to run a projection by hand.

use std::error::Error;
use std::time::{Duration, Instant};

use factos_core::read_model::{
    Claim, Consumer, ConsumerVersion, Lease, Phase, ReadModel, ReadModelTransaction,
};
use factos_core::store::StoreError;
use factos_core::{Checkpoint, EventId, LogId, Position, Tables};
use factos_sqlx::SqliteReadModel;
use sqlx::SqliteConnection;
use tempfile::TempDir;
use uuid::Uuid;

pub(crate) type TestResult = Result<(), Box<dyn Error>>;

/// Longer than anything takes here: what waits this long waits for something broken.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A lease that does not run out while a test runs.
pub(crate) const LONG: Duration = Duration::from_mins(10);

/// A database in which read models are opened.
pub(crate) trait Database: Sized + Send + Sync {
    type Model: ReadModel;

    fn new() -> Self;

    /// Another handle, as another process would have one.
    async fn open(&self) -> Result<Self::Model, StoreError>;

    async fn run(
        connection: &mut <Self::Model as ReadModel>::Connection,
        statement: &str,
    ) -> Result<(), sqlx::Error>;

    /// What a reader sees.
    async fn number(model: &Self::Model, query: &str) -> Result<i64, sqlx::Error>;

    /// Sets the version of the tables to one that does not exist yet.
    const FROM_THE_FUTURE: &str;
}

pub(crate) struct Sqlite(pub(crate) TempDir);

impl Database for Sqlite {
    type Model = SqliteReadModel;

    fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    async fn open(&self) -> Result<SqliteReadModel, StoreError> {
        let path = self.0.path().join("models/courses.db");
        SqliteReadModel::open(&format!("sqlite:{}", path.display())).await
    }

    async fn run(connection: &mut SqliteConnection, statement: &str) -> Result<(), sqlx::Error> {
        let statement = sqlx::raw_sql(sqlx::AssertSqlSafe(statement));
        statement.execute(connection).await.map(drop)
    }

    async fn number(model: &SqliteReadModel, query: &str) -> Result<i64, sqlx::Error> {
        let query = sqlx::query_scalar(sqlx::AssertSqlSafe(query));
        query.fetch_one(model.pool()).await
    }

    const FROM_THE_FUTURE: &str = "UPDATE factos_read_model SET version = 99";
}

#[cfg(feature = "postgres")]
pub(crate) use with_server::{Pooled, Postgres};

#[cfg(feature = "postgres")]
mod with_server {
    use std::sync::LazyLock;

    use factos_sqlx::PostgresReadModel;
    use factos_test_server::{PgBouncer, PoolMode, Server, Settings, database_name};
    use sqlx::PgConnection;

    use super::*;

    pub(crate) struct Postgres(pub(crate) String);

    impl Database for Postgres {
        type Model = PostgresReadModel;

        fn new() -> Self {
            Self(Server::shared().database())
        }

        async fn open(&self) -> Result<PostgresReadModel, StoreError> {
            PostgresReadModel::open(&self.0).await
        }

        async fn run(connection: &mut PgConnection, statement: &str) -> Result<(), sqlx::Error> {
            let statement = sqlx::raw_sql(sqlx::AssertSqlSafe(statement));
            statement.execute(connection).await.map(drop)
        }

        async fn number(model: &PostgresReadModel, query: &str) -> Result<i64, sqlx::Error> {
            let query = sqlx::query_scalar(sqlx::AssertSqlSafe(query));
            // A view that shows another table cannot be read by a statement that was prepared before; and a pooler needs a
            // transaction around it.
            let mut reader = model.pool().begin().await?;
            query.persistent(false).fetch_one(&mut *reader).await
        }

        const FROM_THE_FUTURE: &str = "UPDATE factos_projections.meta SET version = 99";
    }

    /// Behind a pooler, which hands its few sessions out for a transaction at a time.
    pub(crate) struct Pooled(String);

    static POOLER: LazyLock<(Server, PgBouncer)> = LazyLock::new(|| {
        let server = Server::start(Settings::new());
        let pooler = PgBouncer::start(&server, PoolMode::Transaction);
        (server, pooler)
    });

    impl Database for Pooled {
        type Model = PostgresReadModel;

        fn new() -> Self {
            let (server, pooler) = &*POOLER;
            let url = pooler.url(database_name(&server.database()));
            Self(format!("{url}?statement-cache-capacity=0"))
        }

        async fn open(&self) -> Result<PostgresReadModel, StoreError> {
            PostgresReadModel::open(&self.0).await
        }

        async fn run(connection: &mut PgConnection, statement: &str) -> Result<(), sqlx::Error> {
            Postgres::run(connection, statement).await
        }

        async fn number(model: &PostgresReadModel, query: &str) -> Result<i64, sqlx::Error> {
            Postgres::number(model, query).await
        }

        const FROM_THE_FUTURE: &str = Postgres::FROM_THE_FUTURE;
    }
}

/// Runs each of these functions on each database.
macro_rules! on_each {
    ($($promise:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() -> crate::support::TestResult {
                super::$promise(crate::support::Sqlite::new()).await
            })+
            use crate::support::Database as _;
        }
        #[cfg(feature = "postgres")]
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() -> crate::support::TestResult {
                super::$promise(crate::support::Postgres::new()).await
            })+
            use crate::support::Database as _;
        }
        #[cfg(feature = "postgres")]
        mod on_postgres_through_pgbouncer {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() -> crate::support::TestResult {
                super::$promise(crate::support::Pooled::new()).await
            })+
            use crate::support::Database as _;
        }
    };
}
pub(crate) use on_each;

pub(crate) const LOG: LogId = LogId::from_bytes([7; 16]);

pub(crate) fn start() -> Checkpoint {
    Checkpoint::start(LOG)
}

/// At this position, with some event there.
pub(crate) fn at(position: u64) -> Checkpoint {
    start().at(Position::new(position), Some(EventId::new()))
}

pub(crate) fn consumer(version: u32) -> Consumer {
    Consumer {
        name: "course_list".into(),
        version,
        tables: vec!["courses".into()],
        start: start(),
    }
}

pub(crate) fn tables(version: u32) -> Tables {
    Tables::new(version, &["courses"])
}

pub(crate) async fn claim(
    model: &impl ReadModel,
    version: u32,
    time: Duration,
) -> Result<Claim, StoreError> {
    model.claim(&consumer(version), Uuid::now_v7(), time).await
}

/// The lease, which must be free.
pub(crate) async fn lease(
    model: &impl ReadModel,
    version: u32,
) -> Result<(Lease, Checkpoint, Phase), Box<dyn Error>> {
    match claim(model, version, LONG).await? {
        Claim::Held {
            lease,
            checkpoint,
            phase,
        } => Ok((lease, checkpoint, phase)),
        other => Err(format!("{other:?}").into()),
    }
}

/// Takes the lease as soon as it is free.
pub(crate) async fn take_over(
    model: &impl ReadModel,
    version: u32,
) -> Result<(Lease, Checkpoint, Phase), Box<dyn Error>> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match claim(model, version, LONG).await? {
            Claim::Held {
                lease,
                checkpoint,
                phase,
            } => return Ok((lease, checkpoint, phase)),
            Claim::Taken { .. } if Instant::now() < deadline => {}
            other => return Err(format!("{other:?}").into()),
        }
    }
}

/// Makes the table of a version, and answers its phase.
pub(crate) async fn set_up<D: Database>(
    model: &D::Model,
    lease: &Lease,
) -> Result<Option<Phase>, Box<dyn Error>> {
    let tables = tables(lease.version);
    let mut transaction = model.begin(PATIENCE).await?;
    let table = tables.sql("CREATE TABLE {courses} (id bigint PRIMARY KEY)");
    D::run(transaction.connection(), &table).await?;
    let phase = transaction.set_up(lease, &tables).await?;
    transaction.commit().await?;
    Ok(phase)
}

/// A lease of a version that has its table.
pub(crate) async fn ready<D: Database>(
    model: &D::Model,
    version: u32,
) -> Result<Lease, Box<dyn Error>> {
    let (lease, ..) = lease(model, version).await?;
    set_up::<D>(model, &lease).await?;
    Ok(lease)
}

/// Applies the next event: a row with its position. `false` when the lease is lost.
pub(crate) async fn apply<D: Database>(
    model: &D::Model,
    lease: &Lease,
    position: u64,
) -> Result<bool, Box<dyn Error>> {
    let mut transaction = model.begin(PATIENCE).await?;
    let row = format!("INSERT INTO {{courses}} VALUES ({position})");
    D::run(transaction.connection(), &tables(lease.version).sql(&row)).await?;
    let from = Position::new(position - 1);
    let advanced = transaction.advance(lease, from, at(position)).await?;
    if advanced {
        transaction.commit().await?;
    } else {
        transaction.roll_back().await?;
    }
    Ok(advanced)
}

/// How far a version has come.
pub(crate) async fn version(
    model: &impl ReadModel,
    version: u32,
) -> Result<ConsumerVersion, Box<dyn Error>> {
    let versions = model.versions("course_list").await?;
    let found = versions.into_iter().find(|one| one.version == version);
    found.ok_or_else(|| format!("version {version} is not known").into())
}
