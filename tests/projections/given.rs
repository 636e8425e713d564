//! Given these events, when they are projected, then readers see this.

use std::panic::AssertUnwindSafe;

use factos::sqlite::SqliteReadModel;
use factos::testing::given;
use futures_util::FutureExt;
use sqlx::SqliteConnection;

use super::domain::{Tally, counted, new_gate};
use super::place::{Kind, Sqlite};

async fn rows(db: &mut SqliteConnection) -> sqlx::Result<Vec<(i64, i64)>> {
    let rows = sqlx::query_as("SELECT position, added FROM sums ORDER BY position");
    rows.fetch_all(db).await
}

async fn model() -> SqliteReadModel {
    SqliteReadModel::in_memory().await.expect("it opens")
}

/// What a test says that fails.
async fn failure(test: impl Future<Output = ()>) -> String {
    let panic = AssertUnwindSafe(test).catch_unwind().await;
    let panic = panic.expect_err("the test fails");
    *panic.downcast::<String>().expect("a message")
}

#[tokio::test]
async fn readers_see_what_was_projected() {
    let model = model().await;
    let some = given([counted(5), Tally::Ignored {}]).and([counted(7)]);
    let projected = some.when_projected(Sqlite::sums(), &model).await;
    projected.then(rows, vec![(1, 5), (3, 7)]).await;
    // What was projected is not projected again.
    let more = some.and([counted(1)]);
    let projected = more.when_projected(Sqlite::sums(), &model).await;
    projected.then(rows, vec![(1, 5), (3, 7), (4, 1)]).await;
}

#[tokio::test]
async fn a_difference_is_shown_line_by_line() {
    let model = model().await;
    let projected = given([counted(5)])
        .when_projected(Sqlite::sums(), &model)
        .await;
    let said = failure(projected.then(rows, vec![(1, 6)])).await;
    assert!(said.contains("given.rs"), "{said}");
    assert!(said.contains("-         6,\n+         5,"), "{said}");
    let refused = async |db: &mut SqliteConnection| {
        let rows = sqlx::query_scalar("SELECT added FROM nowhere");
        rows.fetch_one(db).await
    };
    let said = failure(projected.then(refused, 1_i64)).await;
    assert!(
        said.contains("the rows cannot be read") && said.contains("nowhere"),
        "{said}"
    );
}

#[tokio::test]
async fn an_event_that_fails_is_named() {
    let model = model().await;
    let gate = new_gate();
    let refused = Tally::Refused {
        gate: gate.clone(),
        by: 1,
    };
    let test = async {
        let _ = given([counted(5), refused])
            .when_projected(Sqlite::sums(), &model)
            .await;
    };
    let said = failure(test).await;
    assert!(
        said.contains("tally.Refused at position 2") && said.contains(&gate),
        "{said}"
    );
}
