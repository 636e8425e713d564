//! Who may do what in PostgreSQL, by which connections, and which settings of servers and roles do no harm.

#![cfg(feature = "postgres")]

mod support;

use std::error::Error;

use factos_core::LogName;
use factos_core::store::{
    Answer, AppendRequest, EventStore, Group, ReadPart, ReadRequest, Settled, StoreError,
};
use factos_core::{AppendId, Query};
use factos_sqlx::{Lock, PostgresOptions, PostgresStore, Synchronous};
use factos_test_server::{Server, as_user, database_name, unique};
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection, Executor, PgConnection, Row};
use support::{TestResult, accepted, event, guard, request};

/// Runs statements as the database's owner.
fn sql(url: &str, statements: &str) -> String {
    let answer = Server::shared().sql(database_name(url), statements);
    answer.unwrap_or_else(|error| panic!("{statements}: {error}"))
}

/// A role of the server, and the URL by which it comes to the database.
fn role(url: &str) -> (String, String) {
    let name = unique("role");
    Server::shared().create_user(&name, "secret");
    let url = as_user(url, &name, "secret");
    (name, url)
}

async fn open_without_migrations(url: &str) -> Result<PostgresStore, StoreError> {
    PostgresOptions::from_url(url)?
        .without_migrations()
        .open()
        .await
}

#[tokio::test]
async fn a_writer_may_append_and_nothing_else() -> TestResult {
    let owners = Server::shared().database();
    let owner = PostgresStore::open(&owners).await?;
    accepted(&owner, request([event("A", &["k:1"])])).await?;
    let (name, url) = role(&owners);
    let refused = open_without_migrations(&url).await.err();
    assert!(
        matches!(
            refused,
            Some(StoreError::Denied(_) | StoreError::MissingSchema(_))
        ),
        "{refused:?}"
    );

    sql(&owners, &format!("SELECT factos.allow_writing('{name}')"));
    let writer = open_without_migrations(&url).await?;
    let by_guard = request([event("B", &["k:1"])]).guarded([guard(&["B"], &["k:1"], 0)]);
    assert_eq!(accepted(&writer, by_guard).await?.first.get(), 2);
    assert_eq!(writer.settle(AppendId::new()).await?, Settled::Void);
    let locked = writer
        .locked(
            ReadRequest::default(),
            Box::new(|_| Some(request([event("C", &[])]))),
        )
        .await?;
    assert!(
        matches!(locked, Some(Ok(Answer::Accepted(_)))),
        "{locked:?}"
    );
    let billing = PostgresOptions::from_url(&url)?.log(LogName::new("billing")?);
    accepted(
        &billing.without_migrations().open().await?,
        request([event("D", &[])]),
    )
    .await?;

    let mut connection = PgConnection::connect(&url).await?;
    for forbidden in [
        "INSERT INTO factos.tags VALUES (1, 1, 1)",
        "UPDATE factos.events SET type = 'X'",
        "DELETE FROM factos.appends",
        "TRUNCATE factos.events",
        "UPDATE factos.logs SET identity = gen_random_uuid()",
        "SELECT factos.enter(0, gen_random_uuid(), 'none', 0, 0, 'on')",
        "SELECT factos.write(0, 0, now(), 0, 0, false, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', \
         '{}', '{}', '{}', '{}', '{}', '{}', '{}')",
        "SELECT factos.allow_writing('public')",
        "DROP SCHEMA factos CASCADE",
        "CREATE TABLE factos.own ()",
    ] {
        let refused = connection.execute(forbidden).await.err().ok_or(forbidden)?;
        let code = refused
            .as_database_error()
            .and_then(|error| error.code().map(Into::into));
        assert_eq!(code, Some("42501".to_owned()), "{forbidden}: {refused}");
    }
    Ok(())
}

#[tokio::test]
async fn a_reader_may_only_read() -> TestResult {
    let owners = Server::shared().database();
    let owner = PostgresStore::open(&owners).await?;
    accepted(&owner, request([event("A", &["k:1"])])).await?;
    let (name, url) = role(&owners);
    sql(&owners, &format!("SELECT factos.allow_reading('{name}')"));
    let reader = open_without_migrations(&url).await?;
    let read = reader
        .read(ReadRequest::new([ReadPart::query(Query::all())]).with_key("k"))
        .await?;
    assert_eq!((read.head.get(), read.parts[0].len()), (1, 1));
    let refused = reader
        .append(Group::single(request([event("B", &[])])))
        .await;
    assert!(matches!(refused, Err(StoreError::Denied(_))), "{refused:?}");
    let refused = reader.settle(AppendId::new()).await;
    assert!(matches!(refused, Err(StoreError::Denied(_))), "{refused:?}");
    Ok(())
}

#[tokio::test]
async fn what_was_stored_is_kept_from_its_owner_too() -> TestResult {
    let url = Server::shared().database();
    let store = PostgresStore::open(&url).await?;
    accepted(&store, request([event("A", &["k:1"])])).await?;
    let mut owner = PgConnection::connect(&url).await?;
    for forbidden in [
        "UPDATE factos.events SET data = '{}'",
        "UPDATE factos.events SET position = 7",
        "UPDATE factos.events SET tags = '{}'",
        "DELETE FROM factos.events",
        "TRUNCATE factos.events",
        "DELETE FROM factos.logs",
        "UPDATE factos.logs SET identity = gen_random_uuid()",
        "UPDATE factos.tags SET hash = 0",
        "DELETE FROM factos.tags",
        "TRUNCATE factos.tags",
        "TRUNCATE factos.appends",
    ] {
        let refused = owner.execute(forbidden).await.err().ok_or(forbidden)?;
        assert!(
            refused.to_string().contains("never changed or deleted"),
            "{forbidden}: {refused}"
        );
    }
    // Tags may be added.
    owner
        .execute("UPDATE factos.events SET tags = tags || ARRAY['k:2']")
        .await?;
    owner.execute("INSERT INTO factos.tags SELECT factos.tag_hash(log, 'k:2'), position, factos.tag_hash(log, type) FROM factos.events").await?;
    let found =
        support::positions(&store, ReadPart::query(support::query(&["A"], &["k:2"]))).await?;
    assert_eq!(found, [1]);
    Ok(())
}

/// What a role could put in front of the functions that ours call.
const SHADOWS: &str = "
    CREATE SCHEMA shadow;
    CREATE FUNCTION shadow.cardinality(anyarray) RETURNS integer LANGUAGE sql AS 'SELECT 0';
    CREATE FUNCTION shadow.pg_advisory_xact_lock(integer, integer) RETURNS void LANGUAGE sql AS '';
    CREATE FUNCTION shadow.pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT true';
    CREATE FUNCTION shadow.array_fill(anyelement, integer[]) RETURNS anyarray LANGUAGE sql AS 'SELECT NULL';
    CREATE FUNCTION shadow.never(bigint, bigint) RETURNS boolean LANGUAGE sql AS 'SELECT false';
    CREATE OPERATOR shadow.= (FUNCTION = shadow.never, LEFTARG = bigint, RIGHTARG = bigint);
    CREATE OPERATOR shadow.> (FUNCTION = shadow.never, LEFTARG = bigint, RIGHTARG = bigint)";

#[tokio::test]
async fn settings_of_a_role_do_no_harm() -> TestResult {
    let owners = Server::shared().database();
    PostgresStore::migrate(&owners).await?;
    sql(&owners, SHADOWS);
    sql(&owners, "GRANT USAGE ON SCHEMA shadow TO PUBLIC");
    for setting in [
        "default_transaction_isolation = 'serializable'",
        "default_transaction_isolation = 'repeatable read'",
        "synchronous_commit = off",
        "search_path = ''",
        "search_path = shadow, pg_catalog",
        "standard_conforming_strings = off",
        "DateStyle = 'SQL, DMY'",
        "bytea_output = 'escape'",
        "timezone = 'Asia/Kathmandu'",
        "plan_cache_mode = force_custom_plan",
        "jit = on",
        "array_nulls = off",
        "idle_in_transaction_session_timeout = 0",
    ] {
        let (name, url) = role(&owners);
        sql(
            &owners,
            &format!("SELECT factos.allow_writing('{name}'); ALTER ROLE {name} SET {setting}"),
        );
        let log = LogName::new(name.clone())?;
        let options = PostgresOptions::from_url(&url)?
            .log(log)
            .without_migrations();
        let store = options.open().await?;
        for n in 0..3 {
            let tag = format!("n:{n}");
            let appended = request([event("A", &["k:1", &tag]), event("B", &[])]);
            accepted(&store, appended.guarded([guard(&[], &[&tag], 0)])).await?;
        }
        let conflict = request([event("A", &["k:1"])])
            .guarded([guard(&["A"], &["k:1"], 1), guard(&["B"], &[], 0)]);
        let answers = store.append(Group::single(conflict)).await?;
        assert_eq!(broken(&answers), [(0, 3), (1, 2)], "{setting}");
        let found =
            support::positions(&store, ReadPart::query(support::query(&["A"], &["k:1"]))).await?;
        assert_eq!(found, [1, 3, 5], "{setting}");
    }
    Ok(())
}

fn broken(answers: &[Result<Answer, factos_core::store::Refusal>]) -> Vec<(usize, u64)> {
    match answers {
        [Err(factos_core::store::Refusal::Conflict(broken))] => broken
            .iter()
            .map(|broken| (broken.guard, broken.position.get()))
            .collect(),
        other => panic!("not a conflict: {other:?}"),
    }
}

/// The setting of the transaction in which `factos.enter` has run, as it is when the transaction commits.
async fn synchronous_commit_after(url: &str, wanted: &str) -> Result<String, Box<dyn Error>> {
    let mut connection = PgConnection::connect(url).await?;
    let mut transaction = connection.begin().await?;
    let (log, identity): (i32, sqlx::types::Uuid) =
        sqlx::query_as("SELECT number, identity FROM factos.logs LIMIT 1")
            .fetch_one(&mut *transaction)
            .await?;
    sqlx::query("SELECT * FROM factos.settle($1, $2, 'advisory', 0, 1000, $3, $4)")
        .bind(log)
        .bind(identity)
        .bind(wanted)
        .bind(sqlx::types::Uuid::from_bytes(*AppendId::new().as_bytes()))
        .execute(&mut *transaction)
        .await?;
    let row = transaction.fetch_one("SHOW synchronous_commit").await?;
    Ok(row.try_get(0)?)
}

#[tokio::test]
async fn a_commit_waits_for_the_disk_unless_it_is_not_to() -> TestResult {
    let url = Server::shared().database();
    let options = PostgresOptions::from_url(&url)?;
    let lax = options
        .clone()
        .synchronous(Synchronous::Normal)
        .open()
        .await?;
    accepted(&lax, request([event("A", &[])])).await?;
    let name = database_name(&url);
    sql(
        &url,
        &format!("ALTER DATABASE {name} SET synchronous_commit = off"),
    );
    assert_eq!(synchronous_commit_after(&url, "on").await?, "on");
    assert_eq!(synchronous_commit_after(&url, "off").await?, "off");
    sql(
        &url,
        &format!("ALTER DATABASE {name} SET synchronous_commit = remote_apply"),
    );
    assert_eq!(synchronous_commit_after(&url, "on").await?, "remote_apply");
    Ok(())
}

#[tokio::test]
async fn one_logs_lock_holds_up_no_other_log() -> TestResult {
    let url = Server::shared().database();
    let options = PostgresOptions::from_url(&url)?.max_wait(std::time::Duration::from_millis(200));
    let main = options.clone().open().await?;
    let other = options.clone().log(LogName::new("other")?).open().await?;
    let by_row = options
        .clone()
        .log(LogName::new("by row")?)
        .lock(Lock::Row)
        .open()
        .await?;
    let mut holder = PgConnection::connect(&url).await?;
    let mut held = holder.begin().await?;
    held.execute("SELECT pg_advisory_xact_lock('factos.events'::regclass::oid::integer, 0)")
        .await?;
    let busy = main.append(Group::single(request([event("A", &[])]))).await;
    assert!(matches!(busy, Err(StoreError::Busy(_))), "{busy:?}");
    accepted(&other, request([event("A", &[])])).await?;
    accepted(&by_row, request([event("A", &[])])).await?;
    held.execute("SELECT FROM factos.logs WHERE name = 'by row' FOR UPDATE")
        .await?;
    // The log keeps what it was made with, whatever is asked for later.
    let again = options
        .log(LogName::new("by row")?)
        .lock(Lock::Advisory)
        .open()
        .await?;
    let busy = again
        .append(Group::single(request([event("A", &[])])))
        .await;
    assert!(matches!(busy, Err(StoreError::Busy(_))), "{busy:?}");
    held.rollback().await?;
    accepted(&main, request([event("A", &[])])).await?;
    accepted(&again, request([event("A", &[])])).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn many_open_a_new_log_at_once() -> TestResult {
    let url = Server::shared().database();
    let mut opening = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let url = url.clone();
        opening.spawn(async move { PostgresStore::open(&url).await });
    }
    let mut identities = Vec::new();
    for store in opening.join_all().await {
        identities.push(store?.info().identity());
    }
    identities.dedup();
    assert_eq!(identities.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_pool_lends_its_options_and_nothing_else() -> TestResult {
    let url = format!("{}?application_name=lender", Server::shared().database());
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .connect(&url)
        .await?;
    let taken = pool.acquire().await?;
    let store = PostgresStore::from_pool(&pool).await?;
    accepted(&store, request([event("A", &[])])).await?;
    let named = sql(
        &url,
        "SELECT count(*) > 1 FROM pg_stat_activity WHERE application_name = 'lender'",
    );
    assert_eq!(named.trim(), "t");
    drop(taken);
    Ok(())
}

async fn until(url: &str, condition: &str) {
    while sql(url, condition).trim() != "t" {
        tokio::task::yield_now().await;
    }
}

/// Appends and reads never look through a whole table, whatever the planner knows of it.
#[tokio::test]
async fn no_statement_looks_through_a_table() -> TestResult {
    let url = Server::shared().database();
    PostgresStore::migrate(&url).await?;
    // Making an index looks through the table; statistics of a session are told when it has ended.
    until(
        &url,
        "SELECT sum(seq_scan) >= 9 FROM pg_stat_user_tables WHERE schemaname = 'factos'",
    )
    .await;
    sql(&url, "SELECT pg_stat_reset()");
    let store = PostgresStore::open(&url).await?;
    let use_all = async |n: u64| -> TestResult {
        let tag = format!("n:{n}");
        let guards = [
            guard(&["A"], &["k:1", &tag], 0),
            guard(&["B"], &[], 1_000_000),
            guard(&[], &[&tag], 0),
        ];
        let key = factos_core::store::IdempotencyKey::new(&*tag, "C", [])?;
        accepted(
            &store,
            request([event("A", &["k:1", &tag])])
                .guarded(guards.clone())
                .with_key(key),
        )
        .await?;
        store
            .append(Group::single(AppendRequest::check(guards.to_vec())))
            .await?;
        let parts = [
            ReadPart::query(support::query(&["A"], &["k:1", &tag])),
            ReadPart::query(support::query(&["A"], &[])).limit(3),
            ReadPart::query(Query::all()).limit(3).backward(),
            ReadPart::query(support::query(&[], &[&tag])).backward(),
        ];
        store.read(ReadRequest::new(parts).with_key(&*tag)).await?;
        store.settle(AppendId::new()).await?;
        Ok(())
    };
    for n in 0..10 {
        use_all(n).await?;
    }
    sql(&url, "ANALYZE");
    for n in 10..20 {
        use_all(n).await?;
    }
    // Far more than the planner has been told of.
    for _ in 0..20 {
        let many = (0..1_000).map(|n| event("A", &["k:1", &format!("m:{n}")]));
        accepted(&store, request(many)).await?;
    }
    for n in 20..30 {
        use_all(n).await?;
    }
    drop(store);
    until(
        &url,
        "SELECT sum(idx_scan) > 300 FROM pg_stat_user_tables WHERE schemaname = 'factos'",
    )
    .await;
    let through = "SELECT relname, seq_scan FROM pg_stat_user_tables WHERE schemaname = 'factos' AND relname NOT IN ('logs', 'meta') AND seq_scan > 0";
    assert_eq!(sql(&url, through), "");
    Ok(())
}

#[cfg(feature = "postgres-tls")]
mod tls {
    use factos_test_server::Settings;

    use super::*;

    #[tokio::test]
    async fn a_server_is_known_by_its_certificate() -> TestResult {
        let server = Server::start(Settings::new().tls());
        let url = server.database();
        let verified = server.tls_url(database_name(&url));
        assert!(verified.contains("verify-full"), "{verified}");
        let store = PostgresStore::open(&verified).await?;
        accepted(&store, request([event("A", &[])])).await?;
        let encrypted = server.sql(database_name(&url), "SELECT bool_or(ssl) FROM pg_stat_ssl")?;
        assert_eq!(encrypted.trim(), "t");

        let other = Server::start(Settings::new().tls());
        let wrong = verified.replace(
            &server.ca_file().display().to_string(),
            &other.ca_file().display().to_string(),
        );
        let refused = PostgresStore::open(&wrong).await.err();
        assert!(
            matches!(refused, Some(StoreError::Denied(_))),
            "{refused:?}"
        );
        let plain = format!("{}?sslmode=require", Server::shared().database());
        let refused = PostgresStore::open(&plain).await.err();
        assert!(
            matches!(refused, Some(StoreError::Denied(_))),
            "{refused:?}"
        );
        Ok(())
    }
}
