//! Statements rely on indexes whatever the server believes about the tables.
//!
//! A plan is kept for as long as a connection, and made from what was known when it was made: of an empty table, or one
//! with a single row, it is cheapest to read it all.

use factos_core::store::{
    AppendRequest, EventStore, ExpectedRevision, Group, IdempotencyKey, ReadPart, ReadRequest,
    Snapshot,
};
use factos_core::{AppendId, Position, Query, StreamName};
use factos_sqlx::{Lock, PostgresStore};
use factos_test_server::Server;
use sqlx::PgConnection;

use crate::support::*;

/// So often is everything asked for: statements get a general plan after five.
const ROUNDS: u64 = 8;

/// Everything that the store asks its tables.
async fn ask_all(store: &PostgresStore, n: u64) -> TestResult {
    let head = store.read(ReadRequest::new([])).await?.head.get();
    let seat = format!("seat:{n}");
    let sold = || request([event("Sold", &[&seat, "row:1", "hot:1"])]);
    let guards = [
        guard(&["Sold", "Given"], &[&seat], head),
        guard(&[], &["hot:1", &seat, "row:1"], head),
        guard(&["Sold"], &[], head),
        guard(&[], &[], head),
        // Old positions of what is there seldom.
        guard(&["Given"], &[&seat, "hot:1"], 0),
        guard(&["Never"], &[], 0),
        guard(&[], &["never:1"], 0),
    ];
    let answer = append_one(store, sold().guarded(guards.clone())).await?;
    assert!(answer.is_ok(), "{answer:?}");
    append_one(store, AppendRequest::check(guards.to_vec()))
        .await?
        .expect_err("it is sold");

    // What cannot be judged all at once, and what is remembered.
    let key = IdempotencyKey::new(format!("{n}"), "Sell", [])?;
    let mut group = Group::new();
    let keyed = sold().with_key(key.clone());
    group.push(keyed.clone());
    group.push(keyed.with_id(AppendId::new()));
    group.push(request([]));
    let stream = StreamName::new(format!("s{}", n % 2))?;
    group.push(sold().to_stream(stream.clone(), ExpectedRevision::Any));
    group.push(sold().guarded(guards));
    store.append(group).await?;
    store.settle(AppendId::new()).await?;

    let parts = [
        ReadPart::query(query(&["Sold", "Given"], &[&seat])),
        ReadPart::query(query(&[], &["hot:1", &seat])).backward(),
        ReadPart::query(query(&["Sold"], &[])).backward().limit(2),
        ReadPart::query(query(&["Given"], &[])),
        ReadPart::query(query(&["Sold"], &["hot:1"])).after(Position::new(head)),
        ReadPart::query(Query::all()).backward().limit(2),
        ReadPart::query(Query::all()).after(Position::new(head)),
        ReadPart::stream(stream, n).backward().limit(2),
    ];
    let read = ReadRequest::new(parts).with_key(key.key());
    let decide = Box::new(|snapshot: Snapshot| {
        assert!(snapshot.known.is_some());
        None
    });
    store.locked(read, decide).await?;
    Ok(())
}

/// How often tables were read from end to end.
const SCANS: &str = "SELECT string_agg(relname || ' ' || seq_scan, ', ' ORDER BY relname) FROM pg_stat_user_tables \
    WHERE schemaname = 'factos' AND relname IN ('events', 'tags', 'appends')";

/// How many entries of indexes were read.
const ENTRIES: &str = "SELECT string_agg(indexrelname || ' ' || idx_tup_read, ', ') FROM pg_stat_user_indexes \
    WHERE schemaname = 'factos' AND idx_tup_read > 5000";

/// Waits until all sessions but this one have ended, when the server knows all that they did.
async fn until_alone(observer: &mut PgConnection) {
    let others = "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
        AND backend_type = 'client backend'";
    until(observer, others).await;
}

/// Plans that were made when there were so many events, or that many of which the server knew, serve well when there are
/// many.
async fn plans_serve_a_log_that_has_grown(lock: Lock, events: usize, known: bool) -> TestResult {
    let url = Server::shared().database();
    PostgresStore::migrate(&url).await?;
    let mut observer = connect(&url).await;
    // Nobody else gets the server to know better.
    for table in ["events", "tags", "appends", "logs"] {
        let quiet = format!("ALTER TABLE factos.{table} SET (autovacuum_enabled = off)");
        run(&mut observer, &quiet).await;
    }
    let store = options(&url).lock(lock).open().await?;
    for _ in 0..events {
        accepted(&store, request([event("Given", &["row:1"])])).await?;
    }
    drop(store);
    if known {
        run(
            &mut observer,
            "ANALYZE factos.events, factos.tags, factos.appends, factos.logs",
        )
        .await;
    }
    // A new log's number is looked for in all that there are.
    until_alone(&mut observer).await;
    let scans: String = value(&mut observer, SCANS).await;

    let store = options(&url).open().await?;
    for n in 0..ROUNDS {
        ask_all(&store, n).await?;
    }
    let head = store.info().head().get();
    run(&mut observer, &fill(i64::try_from(head)?)).await;
    for n in ROUNDS..2 * ROUNDS {
        ask_all(&store, n).await?;
    }
    drop(store);
    until_alone(&mut observer).await;
    assert_eq!(
        value::<String>(&mut observer, SCANS).await,
        scans,
        "a table was read from end to end"
    );
    let many: Option<String> = value(&mut observer, ENTRIES).await;
    assert_eq!(many, None, "indexes were read for a handful of events");
    Ok(())
}

#[tokio::test]
async fn nothing_is_read_from_end_to_end_after_plans_were_made_for_no_events() -> TestResult {
    plans_serve_a_log_that_has_grown(Lock::Advisory, 0, false).await
}

#[tokio::test]
async fn nothing_is_read_from_end_to_end_after_plans_were_made_for_one_event() -> TestResult {
    plans_serve_a_log_that_has_grown(Lock::Advisory, 1, true).await?;
    plans_serve_a_log_that_has_grown(Lock::Row, 1, true).await
}

#[tokio::test]
async fn nothing_is_read_from_end_to_end_after_plans_were_made_for_some_events() -> TestResult {
    plans_serve_a_log_that_has_grown(Lock::Advisory, 40, true).await
}

/// 50,000 events behind the head, written without a look at a table.
fn fill(head: i64) -> String {
    format!(
        "INSERT INTO factos.events (log, version, position, recorded_at, event_id, append_id, append_size, type, tags, data) \
         SELECT 0, 1, {head} + n, now(), gen_random_uuid(), gen_random_uuid(), 1, \
         CASE WHEN n % 10 = 0 THEN 'Sold' ELSE 'Moved' END, ARRAY['hot:1', 'old:' || n], '{{}}' \
         FROM generate_series(1, 50000) AS n; \
         INSERT INTO factos.tags (hash, position, type) \
         SELECT t.hash, {head} + n, CASE WHEN n % 10 = 0 THEN k.sold ELSE k.moved END FROM generate_series(1, 50000) AS n, \
         (SELECT factos.tag_hash(0, 'Sold'), factos.tag_hash(0, 'Moved'), factos.tag_hash(0, 'hot:1') OFFSET 0) \
         AS k (sold, moved, hot), LATERAL (VALUES (k.hot), (factos.tag_hash(0, 'old:' || n))) AS t (hash)"
    )
}
