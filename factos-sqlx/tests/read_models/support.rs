//! Read models in databases and in memory, and short ways to run a projection by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::time::{Duration, Instant};

use factos_core::read_model::{
    Claim, Consumer, ConsumerVersion, Lease, Phase, ReadModel, ReadModelTransaction,
};
use factos_core::store::StoreError;
use factos_core::{Checkpoint, EventId, LogId, MemoryReadModel, Position, Tables};
use factos_sqlx::SqliteReadModel;
use sqlx::SqliteConnection;
use tempfile::TempDir;
use uuid::Uuid;

use crate::tasks::{put, take, task};

pub(crate) type TestResult = Result<(), Box<dyn Error>>;

/// Longer than anything takes here: what waits this long waits for something broken.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A lease that does not run out while a test runs.
pub(crate) const LONG: Duration = Duration::from_mins(10);

/// Where read models are opened.
pub(crate) trait Database: Sized + Send + Sync {
    type Model: ReadModel;

    fn new() -> Self;

    /// Another handle, as another process would have one.
    async fn open(&self) -> Result<Self::Model, StoreError>;

    /// Makes the version's table of courses, which are numbers.
    async fn make_table(
        connection: &mut <Self::Model as ReadModel>::Connection,
        tables: &Tables,
    ) -> TestResult;

    /// Adds a course to the version's table.
    async fn add(
        connection: &mut <Self::Model as ReadModel>::Connection,
        tables: &Tables,
        course: i64,
    ) -> TestResult;

    /// The courses that readers see. An error when there is nothing that they could look at.
    async fn courses(model: &Self::Model) -> Result<Vec<i64>, Box<dyn Error>>;
}

/// A database that understands SQL.
pub(crate) trait Sql: Database {
    async fn run(
        connection: &mut <Self::Model as ReadModel>::Connection,
        statement: &str,
    ) -> Result<(), sqlx::Error>;

    /// What a reader sees.
    async fn numbers(model: &Self::Model, query: &str) -> Result<Vec<i64>, sqlx::Error>;

    async fn number(model: &Self::Model, query: &str) -> Result<i64, sqlx::Error> {
        let numbers = Self::numbers(model, query).await?;
        numbers.first().copied().ok_or(sqlx::Error::RowNotFound)
    }

    /// Sets the version of the tables to one that does not exist yet.
    const FROM_THE_FUTURE: &str;
}

/// A [`Database`] by its SQL.
macro_rules! by_sql {
    ($Connection:ty) => {
        async fn make_table(connection: &mut $Connection, tables: &Tables) -> TestResult {
            let table = tables.sql("CREATE TABLE {courses} (id bigint PRIMARY KEY)");
            Ok(Self::run(connection, &table).await?)
        }

        async fn add(connection: &mut $Connection, tables: &Tables, course: i64) -> TestResult {
            let row = format!("INSERT INTO {{courses}} VALUES ({course})");
            Ok(Self::run(connection, &tables.sql(&row)).await?)
        }

        async fn courses(model: &Self::Model) -> Result<Vec<i64>, Box<dyn Error>> {
            Ok(Self::numbers(model, "SELECT id FROM courses ORDER BY id").await?)
        }
    };
}

/// Tables by their names.
pub(crate) type Rows = BTreeMap<String, BTreeSet<i64>>;

pub(crate) struct Memory(MemoryReadModel<Rows>);

impl Database for Memory {
    type Model = MemoryReadModel<Rows>;

    fn new() -> Self {
        Self(MemoryReadModel::new())
    }

    async fn open(&self) -> Result<MemoryReadModel<Rows>, StoreError> {
        Ok(self.0.clone())
    }

    async fn make_table(rows: &mut Rows, tables: &Tables) -> TestResult {
        rows.insert(tables.name("courses"), BTreeSet::new());
        Ok(())
    }

    async fn add(rows: &mut Rows, tables: &Tables, course: i64) -> TestResult {
        let courses = rows.get_mut(&tables.name("courses"));
        courses.ok_or("the table is not made")?.insert(course);
        Ok(())
    }

    async fn courses(model: &MemoryReadModel<Rows>) -> Result<Vec<i64>, Box<dyn Error>> {
        let versions = model.versions("course_list").await?;
        let live = versions.iter().find(|one| one.phase == Phase::Live);
        let live = live.ok_or("no version is live")?.version;
        let mut rows = model.rows();
        let courses = rows.remove(&tables(live).name("courses"));
        Ok(courses.ok_or("no table")?.into_iter().collect())
    }
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

    by_sql!(SqliteConnection);
}

impl Sql for Sqlite {
    async fn run(connection: &mut SqliteConnection, statement: &str) -> Result<(), sqlx::Error> {
        let statement = sqlx::raw_sql(sqlx::AssertSqlSafe(statement));
        statement.execute(connection).await.map(drop)
    }

    async fn numbers(model: &SqliteReadModel, query: &str) -> Result<Vec<i64>, sqlx::Error> {
        let query = sqlx::query_scalar(sqlx::AssertSqlSafe(query));
        query.fetch_all(model.pool()).await
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

        by_sql!(PgConnection);
    }

    impl Sql for Postgres {
        async fn run(connection: &mut PgConnection, statement: &str) -> Result<(), sqlx::Error> {
            let statement = sqlx::raw_sql(sqlx::AssertSqlSafe(statement));
            statement.execute(connection).await.map(drop)
        }

        async fn numbers(model: &PostgresReadModel, query: &str) -> Result<Vec<i64>, sqlx::Error> {
            let query = sqlx::query_scalar(sqlx::AssertSqlSafe(query));
            // A view that shows another table cannot be read by a statement that was prepared before; and a pooler needs a
            // transaction around it.
            let mut reader = model.pool().begin().await?;
            query.persistent(false).fetch_all(&mut *reader).await
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

        by_sql!(PgConnection);
    }

    impl Sql for Pooled {
        async fn run(connection: &mut PgConnection, statement: &str) -> Result<(), sqlx::Error> {
            Postgres::run(connection, statement).await
        }

        async fn numbers(model: &PostgresReadModel, query: &str) -> Result<Vec<i64>, sqlx::Error> {
            Postgres::numbers(model, query).await
        }

        const FROM_THE_FUTURE: &str = Postgres::FROM_THE_FUTURE;
    }
}

/// Runs each of these functions on each database and in memory; those that need SQL only on databases.
macro_rules! on_each {
    ($($promise:ident),+ $(,)? $(; with_sql: $($of_sql:ident),+ $(,)?)?) => {
        on_each!(@ on_memory Memory: $($promise)+);
        on_each!(@ on_sqlite Sqlite: $($promise)+ $($($of_sql)+)?);
        #[cfg(feature = "postgres")]
        on_each!(@ on_postgres Postgres: $($promise)+ $($($of_sql)+)?);
        #[cfg(feature = "postgres")]
        on_each!(@ on_postgres_through_pgbouncer Pooled: $($promise)+ $($($of_sql)+)?);
    };
    (@ $place:ident $Database:ident: $($promise:ident)+) => {
        mod $place {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() -> crate::support::TestResult {
                super::$promise(crate::support::$Database::new()).await
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
    D::make_table(transaction.connection(), &tables).await?;
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
    let course = i64::try_from(position)?;
    D::add(transaction.connection(), &tables(lease.version), course).await?;
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

/// What was in tables of the first version is there, and they can do what is new.
pub(crate) async fn is_as_it_was<D: Database>(model: &D::Model) -> TestResult {
    assert_eq!(D::courses(model).await?, [7]);
    let known = version(model, 1).await?;
    assert_eq!(known.checkpoint, start().at(Position::new(7), None));
    assert_eq!((known.phase, known.parked), (Phase::Live, 1));
    let parked = model.parked("course_list", 1).await?;
    assert_eq!((parked[0].position.get(), parked[0].attempts), (3, 2));
    let (lease, ..) = lease(model, 1).await?;
    assert!(lease.token > 41);
    assert!(apply::<D>(model, &lease, 8).await?);
    put(model, &[task("a", 1)]).await?;
    let (taken, _) = take(model, (1, 9)).await?;
    assert_eq!(taken.len(), 1);
    Ok(())
}
