//! Tests of projections: given these events, readers see these rows.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::time::Duration;

use super::difference::lines_that_differ;
use super::{Given, with_causes};
use crate::log::EventLog;
use crate::projection::{Projection, ProjectionOptions};
use crate::read_model::{ReadModel, ReadModelTransaction};

/// A read model into which given events were projected. See [`Given::when_projected`].
#[must_use = "nothing is tested until rows are expected"]
#[derive(Debug)]
pub struct Projected<M> {
    model: M,
}

impl Given {
    /// Projects the given events into a read model, as a runner does: tables are set up, and the projection gets the events
    /// that its query finds, encoded and decoded. Called again, it goes on behind what was projected before.
    ///
    /// ```
    /// # use factos::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
    /// # struct SeatTaken { #[tag] room: String }
    /// use factos::sqlite::SqliteReadModel;
    /// use factos::testing::given;
    /// use sqlx::{AssertSqlSafe, SqliteConnection};
    ///
    /// #[projection(setup = make_rooms)]
    /// async fn rooms(event: &SeatTaken, db: &mut SqliteConnection, tables: &Tables) -> sqlx::Result<()> {
    ///     let sql = "INSERT INTO {rooms} VALUES ($1, 1) ON CONFLICT (room) DO UPDATE SET taken = taken + 1";
    ///     sqlx::query(AssertSqlSafe(tables.sql(sql))).bind(&event.room).execute(db).await?;
    ///     Ok(())
    /// }
    /// # async fn make_rooms(db: &mut SqliteConnection, tables: &Tables) -> sqlx::Result<()> {
    /// #     let sql = tables.sql("CREATE TABLE {rooms} (room TEXT PRIMARY KEY, taken INTEGER NOT NULL)");
    /// #     sqlx::query(AssertSqlSafe(sql)).execute(db).await?;
    /// #     Ok(())
    /// # }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let model = SqliteReadModel::in_memory().await?;
    /// let taken = |room: &str| SeatTaken { room: room.into() };
    /// let read = async |db: &mut SqliteConnection| {
    ///     sqlx::query_as("SELECT room, taken FROM rooms ORDER BY room").fetch_all(db).await
    /// };
    /// given([taken("b"), taken("a"), taken("b")])
    ///     .when_projected(rooms(), &model)
    ///     .await
    ///     .then(read, vec![("a".to_owned(), 1), ("b".to_owned(), 2)])
    ///     .await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    /// When the projection fails: the message says on which event, and why.
    #[track_caller]
    pub fn when_projected<M, P>(
        &self,
        projection: P,
        model: &M,
    ) -> impl Future<Output = Projected<M>> + Send
    where
        M: ReadModel,
        P: Projection<M::Connection>,
    {
        let (caller, model) = (Location::caller(), model.clone());
        let log = EventLog::new(self.store.clone());
        async move {
            let projected = match log.projection(projection, &model) {
                Ok(projection) => {
                    let options = ProjectionOptions::of_a_test();
                    projection.with_options(options).catch_up().await
                }
                Err(error) => Err(error),
            };
            if let Err(error) = projected {
                fail_at(
                    caller,
                    format_args!("the projection failed: {}", with_causes(&error)),
                );
            }
            Projected { model }
        }
    }
}

impl<M: ReadModel> Projected<M> {
    /// Expects that readers see this. `read` asks for it by the names that readers know.
    ///
    /// # Panics
    /// When they see something else, which the message shows line by line, or the question is refused.
    #[track_caller]
    pub fn then<T, E>(
        &self,
        read: impl AsyncFnOnce(&mut M::Connection) -> Result<T, E>,
        expected: T,
    ) -> impl Future<Output = ()>
    where
        T: PartialEq + fmt::Debug,
        E: std::error::Error + 'static,
    {
        let caller = Location::caller();
        async move {
            let mut transaction = match self.model.begin(Duration::from_mins(1)).await {
                Ok(transaction) => transaction,
                Err(error) => fail_at(caller, format_args!("{}", with_causes(&error))),
            };
            let seen = match read(transaction.connection()).await {
                Ok(seen) => seen,
                Err(error) => fail_at(
                    caller,
                    format_args!("the rows cannot be read: {}", with_causes(&error)),
                ),
            };
            if seen != expected {
                let difference = lines_that_differ(&lines(&expected), &lines(&seen));
                let difference = difference.unwrap_or_default();
                fail_at(
                    caller,
                    format_args!("readers see other rows:\n- expected, + seen\n{difference}"),
                );
            }
        }
    }
}

fn lines(value: &impl fmt::Debug) -> Vec<String> {
    format!("{value:#?}").lines().map(str::to_owned).collect()
}

/// Fails the test that called from there: an `async` call does not know its caller by itself.
fn fail_at(caller: &Location<'_>, message: fmt::Arguments<'_>) -> ! {
    panic!("at {caller}: {message}")
}
