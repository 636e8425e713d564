//! Notifications: who sends them, when, how many, and what happens when they do not come.

use std::error::Error;
use std::time::{Duration, Instant};

use factos_core::store::{EventStore, ReadRequest};
use factos_core::{LogName, Position};
use factos_sqlx::PostgresStore;
use factos_test_server::{
    PgBouncer, PoolMode, Replication, Server, Settings, as_user, database_name, unique,
};
use sqlx::postgres::PgListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::support::*;

const LISTENERS: &str =
    "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'";
const NOTIFIERS: &str = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%SELECT pg_catalog.pg_notify%' \
     AND pid <> pg_backend_pid()";

fn follow(store: &PostgresStore) -> JoinHandle<()> {
    let store = store.clone();
    tokio::spawn(async move { store.follow().await })
}

/// Appends an event, of which the other store must hear.
async fn wakes(from: &PostgresStore, to: &PostgresStore) -> TestResult {
    let mut head = to.info().watch();
    let appended = accepted(from, request([event("A", &[])])).await?;
    let before = Position::new(appended.last.get() - 1);
    timeout(PATIENCE, head.beyond(before)).await?;
    Ok(())
}

/// Hears what is sent, as any program could.
async fn listen(url: &str) -> Result<PgListener, sqlx::Error> {
    let mut listener = PgListener::connect(url).await?;
    listener.listen("factos").await?;
    Ok(listener)
}

/// The next notice: which log, and how far it reaches.
async fn heard(listener: &mut PgListener) -> Result<(String, u64), Box<dyn Error>> {
    let notification = timeout(PATIENCE, listener.recv()).await??;
    let (log, head) = notification.payload().split_once(' ').ok_or("no space")?;
    Ok((log.to_owned(), head.parse()?))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_appends_sends_few_and_the_last_one() -> TestResult {
    const APPENDS: u64 = 400;
    let (store, url) = fresh().await?;
    let reader = PostgresStore::open(&url).await?;
    let mut listener = listen(&url).await?;
    let began = Instant::now();
    let appending = tokio::spawn({
        let store = store.clone();
        async move {
            for _ in 0..APPENDS {
                let answer = append_one(&store, request([event("A", &[])])).await;
                assert!(matches!(answer, Ok(Ok(_))), "{answer:?}");
            }
        }
    });
    let mut notices: u128 = 0;
    let mut last = 0;
    while last < APPENDS {
        let (log, head) = heard(&mut listener).await?;
        assert_eq!(log, store.info().identity().to_string());
        assert!(head > last, "{head} came behind {last}");
        // It is committed by then.
        let there = reader.read(ReadRequest::default()).await?.head.get();
        assert!(there >= head, "told of {head}, and there is {there}");
        (notices, last) = (notices + 1, head);
    }
    let most = began.elapsed().as_millis() / 10 + 2;
    assert!(notices <= most, "{notices} notices, {most} at most");
    assert!(notices < u128::from(APPENDS));
    appending.await?;
    Ok(())
}

#[tokio::test]
async fn only_what_was_appended_is_told() -> TestResult {
    let (store, url) = fresh().await?;
    let silent = options(&url).without_notifications().open().await?;
    let mut listener = listen(&url).await?;
    accepted(&silent, request([event("A", &["k:1"])])).await?;
    let refused = request([event("A", &[])]).guarded([guard(&["A"], &["k:1"], 0)]);
    assert!(append_one(&store, refused).await?.is_err());
    accepted(&store, request([event("A", &[])])).await?;
    assert_eq!(heard(&mut listener).await?.1, 2);

    // By the way that takes the lock, too.
    let decide = Box::new(|_| Some(request([event("B", &[])])));
    let decided = store.locked(ReadRequest::default(), decide).await?;
    assert!(matches!(decided, Some(Ok(_))));
    assert_eq!(heard(&mut listener).await?.1, 3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_that_was_ended_listens_again() -> TestResult {
    let (store, url) = fresh().await?;
    let other = PostgresStore::open(&url).await?;
    let following = follow(&other);
    let mut admin = connect(&url).await;
    for _ in 0..3 {
        until(&mut admin, &format!("SELECT count(*) = 1 {LISTENERS}")).await;
        let listener: i32 = value(&mut admin, &format!("SELECT pid {LISTENERS}")).await;
        run(
            &mut admin,
            &format!("SELECT pg_terminate_backend({listener})"),
        )
        .await;
        let another = format!("SELECT count(*) = 1 {LISTENERS} AND pid <> {listener}");
        until(&mut admin, &another).await;
        wakes(&store, &other).await?;
    }
    following.abort();
    until(&mut admin, &format!("SELECT count(*) = 0 {LISTENERS}")).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notifier_that_was_ended_tells_of_the_next_append() -> TestResult {
    let (store, url) = fresh().await?;
    let mut listener = listen(&url).await?;
    let mut admin = connect(&url).await;
    for n in 1..4 {
        accepted(&store, request([event("A", &[])])).await?;
        assert_eq!(heard(&mut listener).await?.1, n);
        let end = format!("SELECT count(pg_terminate_backend(pid)) = 1 {NOTIFIERS}");
        until(&mut admin, &end).await;
        until(&mut admin, &format!("SELECT count(*) = 0 {NOTIFIERS}")).await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn following_goes_on_when_the_server_comes_back() -> TestResult {
    let server = Server::start(Settings::new());
    let url = server.database();
    let (one, other) = (
        PostgresStore::open(&url).await?,
        PostgresStore::open(&url).await?,
    );
    let following = follow(&other);
    wakes(&one, &other).await?;
    server.kill();
    server.restart();
    let store = opened(options(&url)).await;
    wakes(&store, &other).await?;
    let mut admin = connect(&url).await;
    until(&mut admin, &format!("SELECT count(*) = 1 {LISTENERS}")).await;
    assert!(!following.is_finished());
    following.abort();
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn through_a_pooler_it_tells_and_looks() -> TestResult {
    let server = Server::start(Settings::new());
    let direct = server.database();
    let pooler = PgBouncer::start(&server, PoolMode::Transaction);
    let url = pooler.url(database_name(&direct));
    let open = || options(&url).through_pooler().open();
    let (one, other) = (open().await?, open().await?);
    let mut listener = listen(&direct).await?;
    let following = follow(&other);
    wakes(&one, &other).await?;
    assert_eq!(heard(&mut listener).await?.1, 1);
    wakes(&one, &other).await?;
    following.abort();
    Ok(())
}

/// A standby refuses to listen, until it is one no longer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_standby_it_looks_and_listens_when_that_takes_over() -> TestResult {
    let primary = Server::start(Settings::new());
    let url = primary.database();
    let one = PostgresStore::open(&url).await?;
    let standby = primary.standby("second", Replication::Synchronous);
    let second = standby.url(database_name(&url));
    let other = opened(options(&second)).await;
    let following = follow(&other);
    wakes(&one, &other).await?;
    wakes(&one, &other).await?;

    tokio::task::block_in_place(|| {
        primary.kill();
        standby.promote();
    });
    let mut admin = connect(&second).await;
    until(&mut admin, &format!("SELECT count(*) = 1 {LISTENERS}")).await;
    let writer = opened(options(&second)).await;
    wakes(&writer, &other).await?;
    following.abort();
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_without_rights_tell_and_hear() -> TestResult {
    let (_, url) = fresh().await?;
    let [writer, reader] = ["writer", "reader"].map(|role| {
        let name = unique(&format!("factos_{role}"));
        Server::shared().create_user(&name, "secret");
        name
    });
    let allow =
        format!("SELECT factos.allow_writing('{writer}'); SELECT factos.allow_reading('{reader}')");
    sql(&url, &allow).await;
    let open = |role: &str| {
        let options = options(&as_user(&url, role, "secret"));
        options.without_migrations().open()
    };
    let (one, other) = (open(&writer).await?, open(&reader).await?);
    let mut listener = listen(&url).await?;
    let following = follow(&other);
    wakes(&one, &other).await?;
    assert_eq!(heard(&mut listener).await?.1, 1);
    let mut admin = connect(&url).await;
    let listens = format!("SELECT count(*) = 1 {LISTENERS} AND usename = '{reader}'");
    until(&mut admin, &listens).await;
    following.abort();
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logs_of_one_database_are_told_apart() -> TestResult {
    let (main, url) = fresh().await?;
    let open = || {
        options(&url)
            .log(LogName::new("billing").expect("a name"))
            .open()
    };
    let (billing, other) = (open().await?, open().await?);
    let following = follow(&other);
    let mut listener = listen(&url).await?;
    accepted(&main, request([event("A", &[])])).await?;
    let (log, _) = heard(&mut listener).await?;
    assert_eq!(log, main.info().identity().to_string());
    assert_eq!(other.info().head(), Position::START);
    wakes(&billing, &other).await?;
    let (log, _) = heard(&mut listener).await?;
    assert_eq!(log, billing.info().identity().to_string());
    following.abort();
    Ok(())
}

#[test]
fn telling_survives_its_runtime_and_ends_with_the_store() -> TestResult {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
    };
    let url = Server::shared().database();
    let store = runtime()?.block_on(PostgresStore::open(&url))?;
    for n in 1..4 {
        runtime()?.block_on(async {
            let mut listener = listen(&url).await?;
            accepted(&store, request([event("A", &[])])).await?;
            assert_eq!(heard(&mut listener).await?.1, n);
            Ok::<_, Box<dyn Error>>(())
        })?;
    }
    runtime()?.block_on(async {
        let mut listener = listen(&url).await?;
        accepted(&store, request([event("A", &[])])).await?;
        heard(&mut listener).await?;
        let mut admin = connect(&url).await;
        until(&mut admin, &format!("SELECT count(*) = 1 {NOTIFIERS}")).await;
        drop(store);
        until(&mut admin, &format!("SELECT count(*) = 0 {NOTIFIERS}")).await;
        Ok(())
    })
}

/// It says goodbye by a task, also where there is no runtime to run it.
#[test]
fn a_follower_may_be_dropped_anywhere() -> TestResult {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let url = Server::shared().database();
    let store = runtime.block_on(PostgresStore::open(&url))?;
    let mut following = Box::pin(store.follow());
    runtime.block_on(async {
        let mut admin = connect(&url).await;
        let listens = format!("SELECT count(*) = 1 {LISTENERS}");
        let listens = until(&mut admin, &listens);
        tokio::select! {
            () = &mut following => panic!("it ended"),
            () = listens => {}
        }
    });
    drop(following);
    let mut following = Box::pin(store.follow());
    runtime.block_on(async {
        // Long enough for something to be open.
        let _ = timeout(Duration::from_millis(100), &mut following).await;
    });
    drop(runtime);
    drop(following);
    Ok(())
}
