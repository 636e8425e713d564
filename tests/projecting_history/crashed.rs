//! Rows that a crash of their database takes away are made again, also when nothing happens any more.

use std::time::Duration;

use factos::EventLog;
use factos::postgres::PostgresReadModel;
use factos_test_server::{Server, Settings};
use tokio::task::block_in_place;

use crate::checker::check_one;
use crate::database::Database;
use crate::disturbed::violations::Violations;
use crate::fencing::Running;
use crate::ledger::LedgerEvent;

const LONG: Duration = Duration::from_mins(1);
const LEASE: Duration = Duration::from_millis(300);

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
