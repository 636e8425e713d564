//! The projections, for a kind of connection: both are written alike but for what inserts many rows at once.

/// Needs a function `insert(db, table, rows)`.
macro_rules! projections {
    ($Connection:ty) => {
        use factos::prelude::*;
        use sqlx::AssertSqlSafe;

        use crate::courses::CourseEvent::{self, CourseDefined, StudentSubscribed};
        use crate::follow::rows::{Rows, signed};
        use crate::signals::SignalEvent::{self, SignalSent};

        async fn run(db: &mut $Connection, sql: String) -> sqlx::Result<()> {
            sqlx::query(AssertSqlSafe(sql)).execute(db).await?;
            Ok(())
        }

        pub(super) async fn make_rows(db: &mut $Connection, table: &str) -> sqlx::Result<()> {
            let sql = format!(
                "CREATE TABLE {table} (position BIGINT PRIMARY KEY, course TEXT NOT NULL, student TEXT NOT NULL)"
            );
            run(db, sql).await
        }

        async fn make(db: &mut $Connection, tables: &Tables) -> sqlx::Result<()> {
            for (_, table) in tables.iter() {
                make_rows(db, &table).await?;
            }
            Ok(())
        }

        async fn make_number(db: &mut $Connection, tables: &Tables) -> sqlx::Result<()> {
            for (_, table) in tables.iter() {
                run(db, format!("CREATE TABLE {table} (number BIGINT NOT NULL)")).await?;
                run(db, format!("INSERT INTO {table} (number) VALUES (0)")).await?;
            }
            Ok(())
        }

        async fn add(db: &mut $Connection, sql: String, more: i64) -> sqlx::Result<()> {
            let query = sqlx::query(AssertSqlSafe(sql)).bind(more);
            query.execute(db).await?;
            Ok(())
        }

        /// One row an event, by one statement a transaction.
        #[projection(setup = make)]
        pub async fn seats(
            events: &[Recorded<CourseEvent>],
            db: &mut $Connection,
            tables: &Tables,
        ) -> sqlx::Result<()> {
            let mut rows = Rows::default();
            for event in events {
                match &event.data {
                    CourseDefined { course, .. } => rows.push(event.position, course, ""),
                    StudentSubscribed { course, student, .. } => {
                        rows.push(event.position, course, student);
                    }
                }
            }
            insert(db, &tables.name("seats"), rows.all()).await
        }

        /// The same as the next version.
        #[projection(name = "seats", version = 2, tables(seats), setup = make)]
        pub async fn seats_anew(
            events: &[Recorded<CourseEvent>],
            db: &mut $Connection,
            tables: &Tables,
        ) -> sqlx::Result<()> {
            let mut rows = Rows::default();
            for event in events {
                match &event.data {
                    CourseDefined { course, .. } => rows.push(event.position, course, ""),
                    StudentSubscribed { course, student, .. } => {
                        rows.push(event.position, course, student);
                    }
                }
            }
            insert(db, &tables.name("seats"), rows.all()).await
        }

        /// A number that is counted up once a transaction.
        #[projection(setup = make_number)]
        pub async fn total(
            events: &[Recorded<CourseEvent>],
            db: &mut $Connection,
            tables: &Tables,
        ) -> sqlx::Result<()> {
            let mut counted = 0;
            for event in events {
                match &event.data {
                    CourseDefined { .. } | StudentSubscribed { .. } => counted += 1,
                }
            }
            add(db, tables.sql("UPDATE {total} SET number = number + $1"), counted).await
        }

        /// One row an event, by one statement each.
        #[projection(setup = make)]
        pub async fn singles(
            event: &Recorded<CourseEvent>,
            db: &mut $Connection,
            tables: &Tables,
        ) -> sqlx::Result<()> {
            match &event.data {
                CourseDefined { course, .. } => {
                    let sql = tables.sql("INSERT INTO {singles} (position, course, student) VALUES ($1, $2, '')");
                    let query = sqlx::query(AssertSqlSafe(sql)).bind(signed(event.position)).bind(course);
                    query.execute(db).await?;
                    Ok(())
                }
                StudentSubscribed { course, student, .. } => {
                    let sql = tables.sql("INSERT INTO {singles} (position, course, student) VALUES ($1, $2, $3)");
                    let query = sqlx::query(AssertSqlSafe(sql)).bind(signed(event.position)).bind(course);
                    query.bind(student).execute(db).await?;
                    Ok(())
                }
            }
        }

        /// The number of signals.
        #[projection(setup = make_number)]
        pub async fn heard(
            events: &[Recorded<SignalEvent>],
            db: &mut $Connection,
            tables: &Tables,
        ) -> sqlx::Result<()> {
            let mut counted = 0;
            for event in events {
                match &event.data {
                    SignalSent { .. } => counted += 1,
                }
            }
            add(db, tables.sql("UPDATE {heard} SET number = number + $1"), counted).await
        }
    };
}
pub(super) use projections;

/// The projections as those of a kind.
macro_rules! kind {
    () => {
        type Seats = seats;
        type SeatsAnew = seats_anew;
        type Total = total;
        type Singles = singles;
        type Signals = heard;

        fn seats() -> seats {
            seats()
        }

        fn seats_anew() -> seats_anew {
            seats_anew()
        }

        fn total() -> total {
            total()
        }

        fn singles() -> singles {
            singles()
        }

        fn signals() -> heard {
            heard()
        }

        async fn make_bare(model: &Self::Model) -> Result<(), Failure> {
            let mut connection = model.pool().acquire().await?;
            run(&mut connection, format!("DROP TABLE IF EXISTS {BARE}")).await?;
            Ok(make_rows(&mut connection, BARE).await?)
        }

        async fn insert(model: &Self::Model, rows: &[Row<'_>]) -> Result<(), Failure> {
            let mut transaction = model.pool().begin_with(BEGIN).await?;
            insert(&mut transaction, BARE, rows).await?;
            Ok(transaction.commit().await?)
        }

        async fn number(model: &Self::Model, query: &'static str) -> Result<i64, Failure> {
            Ok(sqlx::query_scalar(query).fetch_one(model.pool()).await?)
        }
    };
}
pub(super) use kind;
