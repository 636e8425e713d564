//! Who may do what, and that nobody can do more by tricks.

use std::error::Error;

use factos_core::store::{
    Answer, AppendRequest, EventStore, ExpectedRevision, Group, IdempotencyKey, ReadPart,
    ReadRequest, Settled, Snapshot, StoreError,
};
use factos_core::{AppendId, LogName, StreamName};
use factos_sqlx::{PostgresOptions, PostgresStore};
use factos_test_server::{Server, as_user, database_name, unique};
use sqlx::PgConnection;

use crate::proxy::{Fate, Proxy};
use crate::support::*;

/// A database whose schema belongs to an ordinary role, and the URLs of that role and three others.
struct Roles {
    admin: String,
    owner: String,
    writer: String,
    reader: String,
    nobody: String,
}

async fn roles() -> Result<Roles, Box<dyn Error>> {
    let server = Server::shared();
    let admin = server.database();
    let [owner, writer, reader, nobody] = ["owner", "writer", "reader", "nobody"].map(|role| {
        let name = unique(&format!("factos_{role}"));
        server.create_user(&name, "secret");
        (as_user(&admin, &name, "secret"), name)
    });
    let create = format!(
        "GRANT CREATE ON DATABASE {} TO {}",
        database_name(&admin),
        owner.1
    );
    sql(&admin, &create).await;
    PostgresStore::migrate(&owner.0).await?;
    let allow = format!(
        "SELECT factos.allow_writing('{}'); SELECT factos.allow_reading('{}')",
        writer.1, reader.1
    );
    sql(&owner.0, &allow).await;
    Ok(Roles {
        admin,
        owner: owner.0,
        writer: writer.0,
        reader: reader.0,
        nobody: nobody.0,
    })
}

fn unmigrated(url: &str) -> PostgresOptions {
    options(url).without_migrations()
}

/// Everything that a log is asked for, the slow ways too.
async fn use_all(store: &PostgresStore) -> TestResult {
    let before = types(store).await?.len() as u64;
    let key = || IdempotencyKey::new(format!("key {before}"), "Take", []);
    let take = || request([event("Taken", &["seat:1", "row:1"])]);
    let guards = || {
        [
            guard(&["Taken"], &["seat:1", "row:1"], before),
            guard(&["Taken"], &[], before),
            guard(&[], &[], before),
        ]
    };
    let first = accepted(store, take().guarded(guards()).with_key(key()?)).await?;
    let refused = append_one(store, take().guarded(guards())).await?;
    assert!(refused.is_err(), "{refused:?}");
    let repeated = append_one(store, take().with_key(key()?)).await?;
    assert!(matches!(repeated, Ok(Answer::Repeated(_))), "{repeated:?}");
    let stream = StreamName::new("s")?;
    accepted(
        store,
        take().to_stream(stream.clone(), ExpectedRevision::Any),
    )
    .await?;
    assert_eq!(store.settle(AppendId::new()).await?, Settled::Void);
    let decide = Box::new(move |_: Snapshot| Some(take()));
    let locked = store.locked(ReadRequest::new([all()]), decide).await?;
    assert!(matches!(locked, Some(Ok(_))), "{locked:?}");

    let parts = [
        ReadPart::query(query(&["Taken"], &["seat:1", "row:1"])),
        ReadPart::query(query(&["Taken"], &[])).backward(),
        ReadPart::stream(stream, 0),
    ];
    let read = ReadRequest::new(parts).with_key(format!("key {before}"));
    let snapshot = store.read(read).await?;
    assert_eq!(snapshot.head.get(), before + 3);
    assert_eq!(
        snapshot.known.and_then(|receipt| receipt.appended),
        Some(first)
    );
    let counts: Vec<_> = snapshot.parts.iter().map(Vec::len).collect();
    assert_eq!(counts[..2], [snapshot.parts[0].len(); 2]);
    assert_eq!(counts[2], snapshot.parts[0].len() / 3);
    Ok(())
}

#[tokio::test]
async fn whoever_may_write_does_all_that_a_log_does() -> TestResult {
    let r = roles().await?;
    let store = unmigrated(&r.writer).open().await?;
    use_all(&store).await?;
    // Another log, which it makes.
    let billing = unmigrated(&r.writer).log(LogName::new("billing")?);
    use_all(&billing.open().await?).await?;
    // It may look for the schema, and finds that there is nothing to migrate.
    use_all(&PostgresStore::open(&r.writer).await?).await?;

    // What was lost is found, too.
    let proxy = Proxy::before(&r.writer).await;
    let lossy = PostgresOptions::from_options(proxy.options());
    let lossy = lossy.without_migrations().open().await?;
    let lost = proxy.trap("Lost", Fate::Unanswered);
    let found = append_one(&lossy, request([event("Lost", &[])])).await?;
    assert!(matches!(found, Ok(Answer::Repeated(_))), "{found:?}");
    lost.caught().await;
    let lost = proxy.trap("COMMIT\0", Fate::Unanswered);
    let decide = Box::new(|_: Snapshot| Some(request([event("Lost", &[])])));
    let found = lossy.locked(ReadRequest::new([]), decide).await?;
    assert!(matches!(found, Some(Ok(_))), "{found:?}");
    lost.caught().await;
    Ok(())
}

#[tokio::test]
async fn whoever_may_read_only_reads() -> TestResult {
    let r = roles().await?;
    let writer = unmigrated(&r.writer).open().await?;
    use_all(&writer).await?;
    let store = unmigrated(&r.reader).open().await?;
    assert_eq!(types(&store).await?, ["Taken"; 3]);
    let known = store.read(ReadRequest::new([]).with_key("key 0")).await?;
    assert!(known.known.is_some());

    let append = request([event("Not", &[])]);
    let check = AppendRequest::check(vec![guard(&[], &[], 0)]);
    for refused in [append, check] {
        let refused = store.append(Group::single(refused)).await;
        assert_error!(refused, StoreError::Denied(_));
    }
    let decide = Box::new(|_: Snapshot| Some(request([event("Not", &[])])));
    let refused = store.locked(ReadRequest::new([]), decide).await;
    assert_error!(refused, StoreError::Denied(_));
    assert_error!(store.settle(AppendId::new()).await, StoreError::Denied(_));
    let new = unmigrated(&r.reader).log(LogName::new("new")?).open().await;
    assert_error!(new, StoreError::Denied(_));
    Ok(())
}

#[tokio::test]
async fn nobody_else_can_do_anything() -> TestResult {
    let r = roles().await?;
    assert_error!(unmigrated(&r.nobody).open().await, StoreError::Denied(_));
    let mut nobody = connect(&r.nobody).await;
    let usage = "SELECT has_schema_privilege('factos', 'USAGE') OR has_schema_privilege('factos', 'CREATE')";
    assert!(!value::<bool>(&mut nobody, usage).await);
    assert_eq!(tables(&mut nobody, "SELECT").await, [""; 0]);
    assert_eq!(functions(&mut nobody).await, [""; 0]);
    Ok(())
}

async fn list(connection: &mut PgConnection, query: &str) -> Vec<String> {
    let list = sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_all(connection);
    list.await
        .unwrap_or_else(|error| panic!("{query}: {error}"))
}

/// The tables on which one has some of these rights.
async fn tables(connection: &mut PgConnection, rights: &str) -> Vec<String> {
    let tables = format!(
        "SELECT c.relname::text FROM pg_class AS c WHERE c.relnamespace = 'factos'::regnamespace AND c.relkind IN ('r', 'S', 'v') \
         AND has_table_privilege(c.oid, '{rights}') ORDER BY 1"
    );
    list(connection, &tables).await
}

/// The functions that one may call.
async fn functions(connection: &mut PgConnection) -> Vec<String> {
    let functions = "SELECT proname::text FROM pg_proc WHERE pronamespace = 'factos'::regnamespace \
        AND has_function_privilege(oid, 'EXECUTE') ORDER BY 1";
    list(connection, functions).await
}

#[tokio::test]
async fn writers_have_no_more_rights_than_they_need() -> TestResult {
    let r = roles().await?;
    unmigrated(&r.writer).open().await?;
    let write = "INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER";
    let reading = ["rarest", "read", "receipt_of_key", "receipts", "tag_hash"];
    let writing = ["append", "hold", "open_log", "settle"];
    for (role, more) in [(&r.reader, &[][..]), (&r.writer, &writing)] {
        let mut role = connect(role).await;
        assert_eq!(tables(&mut role, write).await, [""; 0]);
        let columns = "SELECT count(*) = 0 FROM pg_class AS c WHERE c.relnamespace = 'factos'::regnamespace \
            AND c.relkind = 'r' AND has_any_column_privilege(c.oid, 'INSERT, UPDATE, REFERENCES')";
        assert!(value::<bool>(&mut role, columns).await);
        assert_eq!(
            tables(&mut role, "SELECT").await,
            ["appends", "events", "logs", "meta", "tags"]
        );
        let mut expected = [&reading[..], more].concat();
        expected.sort_unstable();
        assert_eq!(functions(&mut role).await, expected);
        let create = "SELECT has_schema_privilege('factos', 'CREATE')";
        assert!(!value::<bool>(&mut role, create).await);
    }
    // As the server says it.
    let mut writer = connect(&r.writer).await;
    for statement in [
        "INSERT INTO factos.appends (append_id, log) VALUES (gen_random_uuid(), 0)",
        "UPDATE factos.logs SET lock = 'row'",
        "DELETE FROM factos.events",
        "TRUNCATE factos.tags",
        "SELECT factos.enter(0, gen_random_uuid(), 'none', 0, NULL, 1, 'on')",
        "SELECT factos.allow_writing(current_user)",
    ] {
        assert_eq!(code(&mut writer, statement).await, "42501", "{statement}");
    }
    Ok(())
}

/// The code of the error that a statement ends in.
async fn code(connection: &mut PgConnection, statement: &str) -> String {
    let run = sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(connection);
    let error = run.await.expect_err(statement);
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    code.map_or_else(|| panic!("{statement}: {error}"), String::from)
}

/// What is stored is refused to be changed by a code of the schema's own.
const KEPT: &str = "FA004";

#[tokio::test]
async fn not_even_the_owner_changes_what_is_stored() -> TestResult {
    let r = roles().await?;
    let store = PostgresStore::open(&r.owner).await?;
    use_all(&store).await?;
    let mut owner = connect(&r.owner).await;
    let columns = "SELECT attname::text FROM pg_attribute WHERE attrelid = 'factos.events'::regclass AND attnum > 0";
    for column in list(&mut owner, columns).await {
        let value = if column == "tags" {
            "tags[2:]".to_owned()
        } else {
            // Also to what it is.
            column.clone()
        };
        let update = format!("UPDATE factos.events SET {column} = {value}");
        assert_eq!(code(&mut owner, &update).await, KEPT, "{update}");
    }
    for table in ["events", "tags", "appends"] {
        for statement in ["DELETE FROM", "TRUNCATE"] {
            let statement = format!("{statement} factos.{table}");
            assert_eq!(code(&mut owner, &statement).await, KEPT, "{statement}");
        }
    }
    for statement in [
        "UPDATE factos.tags SET position = position",
        "UPDATE factos.appends SET void = true",
    ] {
        assert_eq!(code(&mut owner, statement).await, KEPT, "{statement}");
    }
    assert_eq!(types(&store).await?, ["Taken"; 3]);
    Ok(())
}

/// For events that were stored before somebody asked by this tag.
#[tokio::test]
async fn the_owner_can_add_tags() -> TestResult {
    let (store, url) = fresh().await?;
    accepted(&store, request([event("A", &["k:1"]), event("B", &[])])).await?;
    let add = "UPDATE factos.events SET tags = tags || '{added:yes}' WHERE position = 2; \
        INSERT INTO factos.tags (hash, position, type) SELECT factos.tag_hash(log, 'added:yes'), position, \
        factos.tag_hash(log, type) FROM factos.events WHERE position = 2";
    sql(&url, add).await;
    let part = ReadPart::query(query(&["B"], &["added:yes"]));
    assert_eq!(positions(&store, part).await?, [2]);
    let guarded = request([event("C", &[])]).guarded([guard(&[], &["added:yes"], 1)]);
    assert!(append_one(&store, guarded).await?.is_err());
    Ok(())
}

/// Functions and operators that say who runs them, for everything that the schema and the store could take for the
/// server's own.
const EVIL: &str = r"
CREATE SCHEMA evil;
GRANT ALL ON SCHEMA evil TO PUBLIC;
DO $do$
DECLARE
    signature text;
    operator text[];
BEGIN
    FOREACH signature IN ARRAY ARRAY[
        'cardinality(anyarray) RETURNS integer', 'cardinality(text[]) RETURNS integer', 'cardinality(integer[]) RETURNS integer',
        'cardinality(bigint[]) RETURNS integer', 'cardinality(uuid[]) RETURNS integer',
        'unnest(anyarray) RETURNS SETOF anyelement', 'unnest(uuid[]) RETURNS SETOF uuid', 'unnest(text[]) RETURNS SETOF text',
        'generate_series(integer, integer) RETURNS SETOF integer', 'array_position(text[], text) RETURNS integer',
        'array_fill(integer, integer[]) RETURNS integer[]', 'array_fill(bigint, integer[]) RETURNS bigint[]',
        'array_fill(text, integer[]) RETURNS text[]', 'array_fill(bytea, integer[]) RETURNS bytea[]',
        'pg_advisory_xact_lock(integer, integer) RETURNS void', 'pg_is_in_recovery() RETURNS boolean',
        'current_setting(text) RETURNS text', 'set_config(text, text, boolean) RETURNS text',
        'sha256(bytea) RETURNS bytea', 'int4send(integer) RETURNS bytea', 'encode(bytea, text) RETURNS text',
        'substr(bytea, integer, integer) RETURNS bytea', 'convert_to(text, text) RETURNS bytea',
        'convert_to(text, name) RETURNS bytea', 'format(text, name) RETURNS text', 'to_regclass(text) RETURNS regclass',
        'pg_logical_emit_message(boolean, text, text) RETURNS pg_lsn'
    ] LOOP
        EXECUTE format('CREATE FUNCTION evil.%s LANGUAGE plpgsql STABLE AS $f$
            BEGIN RAISE %L USING ERRCODE = %L; END $f$', signature, 'hijacked: ' || signature, 'EV111');
    END LOOP;
    FOREACH operator SLICE 1 IN ARRAY ARRAY[
        ['=', 'bigint', 'bigint', 'boolean'], ['=', 'integer', 'integer', 'boolean'], ['=', 'uuid', 'uuid', 'boolean'],
        ['=', 'text', 'text', 'boolean'], ['=', 'boolean', 'boolean', 'boolean'], ['=', 'bigint', 'integer', 'boolean'],
        ['<>', 'text', 'text', 'boolean'], ['<>', 'bytea', 'bytea', 'boolean'], ['<', 'bigint', 'bigint', 'boolean'],
        ['>', 'bigint', 'bigint', 'boolean'], ['>=', 'bigint', 'bigint', 'boolean'], ['<=', 'bigint', 'bigint', 'boolean'],
        ['>', 'integer', 'integer', 'boolean'], ['>=', 'integer', 'integer', 'boolean'], ['<', 'integer', 'integer', 'boolean'],
        ['+', 'bigint', 'bigint', 'bigint'], ['+', 'bigint', 'integer', 'bigint'], ['+', 'integer', 'integer', 'integer'],
        ['-', 'integer', 'integer', 'integer'], ['-', 'bigint', 'integer', 'bigint'], ['@>', 'text[]', 'text[]', 'boolean'],
        ['||', 'bytea', 'bytea', 'bytea'], ['||', 'bigint[]', 'bigint', 'bigint[]'], ['||', 'integer[]', 'integer', 'integer[]']
    ] LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION evil.%I(%s, %s) RETURNS %s LANGUAGE plpgsql STABLE AS $f$
            BEGIN RAISE %L USING ERRCODE = %L; END $f$; CREATE OPERATOR evil.%s (LEFTARG = %2$s, RIGHTARG = %3$s, FUNCTION = evil.%1$I)',
            operator[1], operator[2], operator[3], operator[4], 'hijacked: ' || operator::text, 'EV111', operator[1]);
    END LOOP;
END $do$;";

/// A role's `search_path` decides whose `=` is meant where nobody says so. In front of the server's own schema,
/// everything can be replaced; behind it, as `public` is, what fits the arguments better.
#[tokio::test]
async fn nothing_is_taken_from_a_hostile_search_path() -> TestResult {
    let r = roles().await?;
    PostgresStore::open(&r.owner).await?;
    sql(&r.admin, EVIL).await;
    for path in ["evil, pg_catalog", "pg_catalog, evil"] {
        let database = database_name(&r.admin);
        let set = format!("ALTER DATABASE {database} SET search_path = {path}");
        sql(&r.admin, &set).await;
        let mut victim = connect(&r.writer).await;
        // It works.
        let taken = if path.starts_with("evil") {
            "SELECT 1 = 1"
        } else {
            "SELECT cardinality('{a}'::text[])"
        };
        assert_eq!(code(&mut victim, taken).await, "EV111");

        use_all(&unmigrated(&r.writer).open().await?).await?;
        use_all(&PostgresStore::open(&r.owner).await?).await?;
        let new = unmigrated(&r.writer)
            .log(LogName::new(path)?)
            .open()
            .await?;
        use_all(&new).await?;
        let reader = unmigrated(&r.reader).open().await?;
        assert_eq!(types(&reader).await?.len() % 3, 0);
        // What people call by hand.
        run(&mut victim, "SELECT factos.tag_hash(0, 'k:1')").await;
        let allow = "SELECT factos.allow_writing(current_user)";
        run(&mut connect(&r.owner).await, allow).await;
    }
    // A new database is made in spite of it, too.
    let admin = Server::shared().database();
    sql(&admin, EVIL).await;
    let set = format!(
        "ALTER DATABASE {} SET search_path = evil, pg_catalog",
        database_name(&admin)
    );
    sql(&admin, &set).await;
    use_all(&PostgresStore::open(&admin).await?).await?;
    Ok(())
}

/// A log is written under the lock that it was made with, whatever a writer says.
#[tokio::test]
async fn writers_cannot_choose_another_lock() -> TestResult {
    let r = roles().await?;
    let store = unmigrated(&r.writer).open().await?;
    let mut writer = connect(&r.writer).await;
    let identity = store.info().identity();
    for lock in ["row", "some"] {
        let hold = format!("SELECT factos.hold(0, '{identity}', '{lock}', 0, NULL, 1000, 'on')");
        assert_eq!(code(&mut writer, &hold).await, "FA003", "{lock}");
    }
    Ok(())
}
