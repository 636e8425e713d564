//! Settings of roles, databases and servers that others chose.

use std::error::Error;

use factos_core::store::{
    EventStore, ExpectedRevision, Group, IdempotencyKey, ReadPart, ReadRequest, Settled, Snapshot,
};
use factos_core::{AppendId, Data, EventType, NewEvent, Query, StreamName};
use factos_sqlx::{Lock, PostgresStore, Synchronous};
use factos_test_server::{Server, database_name};

use crate::support::*;

/// What settings could change the meaning of.
fn delicate() -> Vec<NewEvent> {
    let json = r#"{ "quotes" : "'\"\\ \u0000", "n": 1.50, "n": 2, "é": "\n🦀" }"#;
    let bytes: Vec<u8> = (0..=255).collect();
    let event_type = |name: &str| EventType::new(name.to_owned()).expect("a name");
    let mut json = NewEvent::new(event_type(r"It's\x41"), Data::json(json).expect("JSON"))
        .tagged(tag(r#"k:{"a\",'NULL"#))
        .tagged(tag("k:NULL"));
    json.metadata.set("actor", r#"O'Hara \ "x" = {}"#);
    let bytes = NewEvent::new(event_type("NULL"), Data::binary(bytes)).tagged(tag("k:NULL"));
    vec![json, bytes]
}

/// Asks for everything, and makes sure that all comes back as it was written.
async fn use_all(store: &PostgresStore) -> TestResult {
    let before = store.read(ReadRequest::new([])).await?.head.get();
    let written = delicate();
    let guards = [
        guard(&["NULL"], &["k:NULL"], before),
        guard(&[r"It's\x41"], &[r#"k:{"a\",'NULL"#, "k:NULL"], before),
        guard(&["NULL", "Other"], &[], before),
    ];
    let key = IdempotencyKey::new(format!(r"key\{before}"), "Take", [0xff, 0x5c])?;
    let stream = StreamName::new(r"s\'")?;
    let append = request(written.clone())
        .guarded(guards.clone())
        .with_key(key.clone())
        .to_stream(stream.clone(), ExpectedRevision::Any);
    let appended = accepted(store, append).await?;
    assert_eq!(appended.first.get(), before + 1);
    let refused = append_one(store, request([event("Not", &[])]).guarded(guards)).await?;
    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(store.settle(AppendId::new()).await?, Settled::Void);

    let after = |part: ReadPart| part.after(appended.first).limit(1);
    let parts = [
        ReadPart::query(Query::all()).after(factos_core::Position::new(before)),
        after(ReadPart::query(query(&[], &["k:NULL"]))),
        after(ReadPart::query(query(&["NULL"], &[]))),
        after(ReadPart::stream(stream, 0)),
    ];
    let read = ReadRequest::new(parts).with_key(key.key());
    let decide = Box::new(move |snapshot: Snapshot| {
        let [whole, others @ ..] = snapshot.parts.as_slice() else {
            panic!("{snapshot:?}");
        };
        assert_eq!(whole.len(), written.len());
        for (stored, written) in whole.iter().zip(&written) {
            assert_eq!(stored.id, written.id);
            assert_eq!(stored.event_type, written.event_type);
            assert_eq!(stored.tags, written.tags);
            assert_eq!(stored.data, written.data);
            assert_eq!(stored.metadata, written.metadata);
            assert_eq!(stored.recorded_at, appended.recorded_at);
        }
        for part in others {
            assert_eq!(part.as_slice(), &whole[1..]);
        }
        let known = snapshot.known.as_ref().expect("the key is known");
        assert_eq!(known.key.as_ref(), Some(&key));
        assert_eq!(known.appended, Some(appended));
        Some(request([event("Last", &[])]))
    });
    let locked = store.locked(read, decide).await?;
    assert!(matches!(locked, Some(Ok(_))), "{locked:?}");
    Ok(())
}

async fn set(url: &str, settings: &[&str]) {
    let database = database_name(url);
    let set = settings
        .iter()
        .map(|setting| format!("ALTER DATABASE {database} SET {setting};"));
    let reset = format!("ALTER DATABASE {database} RESET ALL;");
    sql(url, &(reset + &set.collect::<String>())).await;
}

#[tokio::test]
async fn no_setting_changes_what_is_stored_and_read() -> TestResult {
    let (_, url) = fresh().await?;
    for settings in [
        &["default_transaction_isolation = 'serializable'"][..],
        &[
            "default_transaction_isolation = 'repeatable read'",
            "default_transaction_deferrable = on",
        ],
        &["plan_cache_mode = force_custom_plan", "jit_above_cost = 0"],
        &["plan_cache_mode = force_generic_plan", "jit = off"],
        &["search_path = ''"],
        &[
            "standard_conforming_strings = off",
            "backslash_quote = off",
            "escape_string_warning = on",
        ],
        &[
            "DateStyle = 'SQL, DMY'",
            "IntervalStyle = sql_standard",
            "timezone = 'Asia/Kathmandu'",
            "bytea_output = escape",
            "extra_float_digits = -15",
            "client_encoding = latin1",
            "array_nulls = off",
        ],
        &[
            "lock_timeout = '1ms'",
            "statement_timeout = 0",
            "idle_in_transaction_session_timeout = '20ms'",
        ],
        &[
            "enable_indexscan = off",
            "enable_indexonlyscan = off",
            "enable_bitmapscan = off",
            "enable_nestloop = off",
        ],
        &[
            "session_preload_libraries = plpgsql",
            "plpgsql.variable_conflict = use_variable",
            "plpgsql.extra_errors = 'all'",
        ],
        &[
            "session_preload_libraries = plpgsql",
            "plpgsql.variable_conflict = use_column",
            "transform_null_equals = on",
        ],
    ] {
        set(&url, settings).await;
        for lock in [Lock::Advisory, Lock::Row] {
            let log = factos_core::LogName::new(format!("{lock:?}"))?;
            let store = options(&url).lock(lock).log(log).open().await?;
            let used = use_all(&store).await;
            used.map_err(|error| format!("{settings:?}: {error:?}"))?;
        }
        let pooled = options(&url).through_pooler().open().await?;
        let used = use_all(&pooled).await;
        used.map_err(|error| format!("pooled, {settings:?}: {error:?}"))?;
    }
    Ok(())
}

/// The store waits for the lock as long as it was told to, not as long as others were.
#[tokio::test]
async fn the_server_s_patience_is_not_the_store_s() -> TestResult {
    let (_, url) = fresh().await?;
    set(&url, &["lock_timeout = '1ms'"]).await;
    let store = PostgresStore::open(&url).await?;
    let mut holder = hold_lock(&url, 0).await;
    let waiting = tokio::spawn({
        let store = store.clone();
        async move {
            store
                .append(Group::single(request([event("A", &[])])))
                .await
        }
    });
    // Were it to give up, it would not be seen any more.
    let (mut observer, waits) = (connect(&url).await, waiters(1));
    until(&mut observer, &waits).await;
    run(&mut observer, "SELECT pg_sleep(0.01)").await;
    assert!(value::<bool>(&mut observer, &waits).await);
    release(&mut holder).await;
    let answer = waiting.await?;
    assert!(matches!(answer.as_deref(), Ok([Ok(_)])), "{answer:?}");
    Ok(())
}

#[tokio::test]
async fn sessions_that_the_server_ends_for_idleness_are_replaced() -> TestResult {
    let (_, url) = fresh().await?;
    let version = "SELECT current_setting('server_version_num')::integer";
    if value::<i32>(&mut connect(&url).await, version).await < 140_000 {
        return Ok(());
    }
    set(&url, &["idle_session_timeout = '200ms'"]).await;
    let store = PostgresStore::open(&url).await?;
    // On another database, whose sessions may be idle.
    let mut observer = connect(&Server::shared().url("postgres")).await;
    let gone = format!(
        "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = '{}'",
        database_name(&url)
    );
    for n in 1..3 {
        accepted(&store, request([event("A", &[])])).await?;
        assert_eq!(types(&store).await?.len(), n);
        until(&mut observer, &gone).await;
    }
    assert_eq!(types(&store).await?.len(), 2);
    Ok(())
}

/// Writes down how each commit waits, at its end.
const WITNESS: &str = "CREATE TABLE public.seen (setting text); \
    CREATE FUNCTION public.see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
    INSERT INTO public.seen VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$; \
    CREATE CONSTRAINT TRIGGER see AFTER INSERT ON factos.events DEFERRABLE INITIALLY DEFERRED \
    FOR EACH ROW EXECUTE FUNCTION public.see(); \
    CREATE CONSTRAINT TRIGGER see AFTER INSERT ON factos.appends DEFERRABLE INITIALLY DEFERRED \
    FOR EACH ROW EXECUTE FUNCTION public.see()";

async fn seen(url: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let mut observer = connect(url).await;
    let seen = sqlx::query_scalar("SELECT setting FROM public.seen").fetch_all(&mut observer);
    let seen = seen.await?;
    run(&mut observer, "TRUNCATE public.seen").await;
    Ok(seen)
}

#[tokio::test]
async fn a_commit_waits_as_the_store_was_told_whatever_the_server_says() -> TestResult {
    let (_, url) = fresh().await?;
    sql(&url, WITNESS).await;
    for (setting, full) in [
        ("off", "on"),
        ("on", "on"),
        // What the server wants beyond its own disk stays.
        ("remote_apply", "remote_apply"),
        ("local", "local"),
    ] {
        set(&url, &[&format!("synchronous_commit = {setting}")]).await;
        for pooled in [false, true] {
            for (synchronous, expected) in [(Synchronous::Full, full), (Synchronous::Normal, "off")]
            {
                let options = options(&url).synchronous(synchronous);
                let options = if pooled {
                    options.through_pooler()
                } else {
                    options
                };
                let store = options.open().await?;
                accepted(&store, request([event("A", &[])])).await?;
                store.settle(AppendId::new()).await?;
                let decide = Box::new(|_: Snapshot| Some(request([event("B", &[])])));
                let locked = store.locked(ReadRequest::new([]), decide).await?;
                assert!(matches!(locked, Some(Ok(_))), "{locked:?}");
                assert_eq!(
                    seen(&url).await?,
                    [expected; 3],
                    "{synchronous:?} where the server says {setting}"
                );
            }
        }
    }
    Ok(())
}
