//! Standbys: what is acknowledged is on them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use factos_test_server::{Replication, Server, Settings, as_user, psql};

#[test]
fn what_was_acknowledged_is_on_a_promoted_synchronous_standby() {
    let primary = Server::start(Settings::new());
    primary
        .sql("postgres", "CREATE TABLE t (writer int, n int)")
        .expect("it runs");
    let standby = primary.standby("second", Replication::Synchronous);

    let all = AtomicUsize::new(0);
    let (primary, all) = (&primary, &all);
    let acknowledged: Vec<usize> = thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                scope.spawn(move || {
                    let write = |n: usize| {
                        primary.sql("postgres", &format!("INSERT INTO t VALUES ({writer}, {n})"))
                    };
                    let counted = (1..).take_while(|n| write(*n).is_ok());
                    counted
                        .inspect(|_| _ = all.fetch_add(1, Ordering::SeqCst))
                        .count()
                })
            })
            .collect();
        while all.load(Ordering::SeqCst) < 20 {
            thread::yield_now();
        }
        primary.kill();
        writers
            .into_iter()
            .map(|writer| writer.join().expect("it ends"))
            .collect()
    });

    standby.promote();
    for (writer, acknowledged) in acknowledged.into_iter().enumerate() {
        let query =
            format!("SELECT count(*) FROM t WHERE writer = {writer} AND n <= {acknowledged}");
        let kept = standby.sql("postgres", &query).expect("it has taken over");
        assert_eq!(kept, acknowledged.to_string());
    }
    standby
        .sql("postgres", "INSERT INTO t VALUES (0, 0)")
        .expect("it waits for nobody");
}

#[test]
fn commits_wait_for_each_synchronous_standby_and_a_promoted_one_for_none() {
    let primary = Server::start(Settings::new());
    let first = primary.standby("first", Replication::Synchronous);
    let second = primary.standby("second", Replication::Synchronous);
    let follow = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
    assert_eq!(primary.sql("postgres", follow).expect("it runs"), "2");
    primary
        .sql("postgres", "CREATE TABLE t ()")
        .expect("both confirm it");

    primary.kill();
    for standby in [first, second] {
        standby.promote();
        standby
            .sql("postgres", "INSERT INTO t DEFAULT VALUES")
            .expect("it waits for nobody");
    }
}

#[test]
fn an_asynchronous_standby_is_read_only_and_holds_no_commit_up() {
    let primary = Server::start(Settings::new());
    primary.create_user("reader", "secret");
    let standby = primary.standby("copy", Replication::Asynchronous);
    primary
        .sql("postgres", "CREATE TABLE t (n int)")
        .expect("it runs");
    standby.catch_up_with(&primary);

    let error = standby
        .sql("postgres", "INSERT INTO t VALUES (1)")
        .expect_err("it is read-only");
    assert!(
        error.to_string().contains("read-only transaction"),
        "{error}"
    );
    let url = as_user(&standby.url("postgres"), "reader", "secret");
    assert_eq!(psql(&url, "SELECT 1").expect("users are copied"), "1");

    standby.kill();
    primary
        .sql("postgres", "INSERT INTO t VALUES (1)")
        .expect("it waits for nobody");
    standby.restart();
    standby.catch_up_with(&primary);
    assert_eq!(
        standby
            .sql("postgres", "TABLE t")
            .expect("it follows again"),
        "1"
    );
}
