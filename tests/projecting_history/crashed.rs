//! Rows that are gone, by a crash or as somebody wanted, are made again, and nobody is told that they are there.

use std::time::Duration;

use factos::postgres::PostgresReadModel;
use factos::sqlite::SqliteReadModel;
use factos::{EventLog, ProjectionError};
use factos_test_server::{Server, Settings};
use tokio::task::block_in_place;

use crate::checker::check_one;
use crate::database::Database;
use crate::disturbed::violations::Violations;
use crate::fencing::{Hanging, Running, within};
use crate::ledger::LedgerEvent;
use crate::support::sqlite_url;

const LONG: Duration = Duration::from_mins(1);
const LEASE: Duration = Duration::from_millis(300);

/// Also when nothing happens any more.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_crash_takes_away_is_made_again() {
    let server = Server::start(Settings::new());
    let url = server.database();
    let log: EventLog = factos::open(&url).await.expect("the log opens");
    let open = || async { PostgresReadModel::open(&url).await.expect("it opens") };
    let running = Running::start(&log, PostgresReadModel::all(), &open().await, LEASE);
    for amount in 0..5 {
        let booked = LedgerEvent::Booked { account: 1, amount };
        let stored = log.append([booked]).await.expect("an append");
        let come = || async {
            // It knows nothing of what is known to the one that runs.
            let model = open().await;
            let handle = log.projection(PostgresReadModel::all(), &model);
            let handle = handle.expect("a sound query");
            let come = handle.wait_for(stored[0].position, LONG).await;
            come.expect("it comes so far");
            model
        };
        come().await;
        // Most likely the rows are not on the disk yet.
        block_in_place(|| {
            server.kill();
            server.restart();
        });
        let model = come().await;
        let mut found = Violations::default();
        check_one(&log, &model, "all", &mut found).await;
        assert_eq!(found.count, 0, "{found}");
    }
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_is_not_told_of_rows_that_are_made_again() {
    let directory = tempfile::tempdir().expect("a directory");
    let url = sqlite_url(&directory);
    let log: EventLog = factos::open(&url).await.expect("the log opens");
    let model = <SqliteReadModel as Database>::open(&url).await;
    let model = model.expect("it opens");
    let hanging = Hanging::new(SqliteReadModel::all());
    let before = hanging.before.clone();
    let running = Running::start(&log, hanging, &model, LEASE);
    let (account, amount) = (1, 1);
    let booked = LedgerEvent::Booked { account, amount };
    let last = log.append([booked]).await.expect("an append")[0].position;
    let handle = log.projection(SqliteReadModel::all(), &model);
    let handle = handle.expect("a sound query");
    handle.wait_for(last, LONG).await.expect("it comes so far");

    before.close();
    handle.reset().await.expect("it is reset");
    within(before.reached()).await;
    let told = handle.wait_for(last, Duration::from_millis(50)).await;
    assert!(
        matches!(told, Err(ProjectionError::Timeout { .. })),
        "{told:?}"
    );
    before.reopen();
    handle.wait_for(last, LONG).await.expect("it comes so far");
    running.end().await;
}
