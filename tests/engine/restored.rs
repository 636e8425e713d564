//! Databases that were set back to an earlier state, and have grown again.

use factos::store::StoreError;
use factos::{DispatchError, EventLog};
use sqlx::{Connection, PgConnection, SqliteConnection};

use super::*;

/// Events behind the first one are gone, while all connections stay.
const ON_SQLITE: &str = "DROP TRIGGER factos_events_keep_rows; DROP TRIGGER factos_tags_keep_rows; \
    DROP TRIGGER factos_ids_keep_rows; DELETE FROM factos_events WHERE place > 1; \
    DELETE FROM factos_tags WHERE place > 1; DELETE FROM factos_ids WHERE place > 1";
const ON_POSTGRES: &str = "SET session_replication_role = replica; DELETE FROM factos.events WHERE position > 1; \
    DELETE FROM factos.tags WHERE position > 1; DELETE FROM factos.appends";

/// What was known of the room is of no use any more, though nothing that concerns it was appended since.
async fn the_restored_log_is_decided_on(url: &str, set_back: impl AsyncFnOnce(&str)) {
    let open = async || -> EventLog { factos::open(url).await.expect("the log opens") };
    let log = open().await;
    log.append(added("a")).await.expect("an append");
    log.dispatch(TakeSeat("a", 1)).await.expect("a free seat");

    set_back(url).await;
    let others = open().await;
    for _ in 0..3 {
        others.append(added("b")).await.expect("an append");
    }

    let failed = log.dispatch(TakeSeat("a", 2)).await;
    assert!(
        matches!(
            failed,
            Err(DispatchError::Store(StoreError::Rewritten { position })) if position.get() == 2
        ),
        "{failed:?}"
    );
    assert_eq!(others.head().await.expect("a read").get(), 4);
    let taken = log.dispatch(TakeSeat("a", 3)).await;
    let position = taken.expect("a seat that is free again").position;
    assert_eq!(position.map(factos::Position::get), Some(5));
    assert_eq!(log.statistics().resets, 1);
    let refused = others.dispatch(TakeSeat("a", 4)).await;
    assert!(matches!(refused, Err(DispatchError::Rejected(Full))));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_restored_log_is_decided_on_with_sqlite() {
    let directory = tempfile::tempdir().expect("a directory");
    let set_back = async |url: &str| {
        let file = SqliteConnection::connect(url).await;
        let mut file = file.expect("it is there");
        let run = sqlx::raw_sql(ON_SQLITE).execute(&mut file);
        run.await.expect("events are gone");
    };
    the_restored_log_is_decided_on(&support::sqlite_url(&directory), set_back).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_restored_log_is_decided_on_with_postgresql() {
    let url = factos_test_server::Server::shared().database();
    let set_back = async |url: &str| {
        let server = PgConnection::connect(url).await;
        let mut server = server.expect("it is there");
        let run = sqlx::raw_sql(ON_POSTGRES).execute(&mut server);
        run.await.expect("events are gone");
    };
    the_restored_log_is_decided_on(&url, set_back).await;
}
