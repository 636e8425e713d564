//! Servers of one's own, stopped, crashed and paused.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use factos_test_server::{Server, Settings, psql};

/// A session with a transaction that is not committed.
struct Open(Child);

impl Open {
    fn transaction(server: &Server, statement: &str) -> Self {
        let mut session = Command::new(Server::program("psql"))
            .args(["-XAtq", "-d", &server.url("postgres")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("psql starts");
        let stdin = session.stdin.as_mut().expect("it is piped");
        writeln!(stdin, "BEGIN; {statement}; SELECT 'done';").expect("it reads");
        let mut answer = String::new();
        let stdout = session.stdout.as_mut().expect("it is piped");
        BufReader::new(stdout)
            .read_line(&mut answer)
            .expect("it answers");
        assert_eq!(answer, "done\n");
        Self(session)
    }

    /// What it hears when it asks for more.
    fn hears(mut self) -> String {
        // The session may have ended already; then it has said why.
        let _ = self
            .0
            .stdin
            .take()
            .expect("it is piped")
            .write_all(b"SELECT 1;\n");
        let output = self.0.wait_with_output().expect("it ends");
        String::from_utf8(output.stderr).expect("text")
    }
}

#[test]
fn a_server_that_was_stopped_comes_back_with_its_port_and_data() {
    let server = Server::start(Settings::new());
    server
        .sql("postgres", "CREATE TABLE t (n int)")
        .expect("it runs");
    let port = server.port();
    let open = Open::transaction(&server, "INSERT INTO t VALUES (1)");

    server.stop_fast();
    let error = server
        .sql("postgres", "SELECT 1")
        .expect_err("nobody is there");
    assert!(error.to_string().contains("Connection refused"), "{error}");
    let heard = open.hears();
    assert!(
        heard.contains("terminating connection due to administrator command"),
        "{heard}"
    );

    server.restart();
    assert_eq!(server.port(), port);
    assert_eq!(
        server
            .sql("postgres", "SELECT count(*) FROM t")
            .expect("it runs again"),
        "0"
    );
    server.restart();
    assert_eq!(
        server
            .sql("postgres", "SELECT count(*) FROM t")
            .expect("and again"),
        "0"
    );
}

#[test]
fn a_crashed_server_recovers_what_was_committed_and_nothing_else() {
    let server = Server::start(Settings::new());
    server
        .sql("postgres", "CREATE TABLE t (n int)")
        .expect("it runs");
    for round in 1..=3 {
        server
            .sql("postgres", "INSERT INTO t VALUES (1)")
            .expect("it runs");
        let open = Open::transaction(&server, "INSERT INTO t VALUES (2)");

        server.kill();
        let heard = open.hears();
        assert!(
            heard.contains("server closed the connection unexpectedly")
                || heard.contains("connection to server was lost"),
            "{heard}"
        );

        server.restart();
        let rows = server.sql("postgres", "SELECT count(*), max(n) FROM t");
        assert_eq!(rows.expect("it runs again"), format!("{round}|1"));
    }
    assert!(
        server
            .log()
            .contains("database system was not properly shut down")
    );
}

#[test]
fn a_crashed_server_leaves_no_shared_memory() {
    let server = Server::start(Settings::new());
    let notes =
        std::fs::read_to_string(server.data_directory().join("postmaster.pid")).expect("it runs");
    let notes: Vec<_> = notes.lines().map(str::trim).collect();
    let segment = notes[6]
        .split_whitespace()
        .nth(1)
        .expect("a key and an id")
        .to_owned();
    // Only Linux lists them in files.
    let exists = || {
        let segments = std::fs::read_to_string("/proc/sysvipc/shm").unwrap_or_default();
        segments
            .lines()
            .any(|line| line.split_whitespace().nth(1) == Some(&segment))
    };
    let maps = std::fs::read_to_string(format!("/proc/{}/maps", notes[0])).unwrap_or_default();
    let of_its_own = maps
        .lines()
        .filter_map(|line| Some(line[line.find("/dev/shm/PostgreSQL.")?..].to_owned()));
    let of_its_own: Vec<_> = of_its_own.collect();
    if cfg!(target_os = "linux") {
        assert!(exists());
        assert!(!of_its_own.is_empty());
    }
    server.kill();
    drop(server);
    assert!(!exists());
    for file in of_its_own {
        assert!(!std::path::Path::new(&file).exists(), "{file}");
    }
}

#[test]
fn one_killed_session_restarts_the_others_and_can_be_waited_for() {
    let server = Server::start(Settings::new());
    let open = Open::transaction(&server, "CREATE TABLE t ()");
    server
        .sql("postgres", "COPY (SELECT 1) TO PROGRAM 'kill -9 $PPID'")
        .expect_err("the session has killed itself");
    open.hears();
    server.wait_until_ready();
    assert_eq!(server.sql("postgres", "SELECT 1").expect("it runs"), "1");
}

#[test]
fn a_paused_server_takes_no_clients_until_it_is_resumed() {
    let server = Server::start(Settings::new());
    server.pause();
    let impatient = format!("{}?connect_timeout=2", server.url("postgres"));
    let error = psql(&impatient, "SELECT 1").expect_err("nobody answers");
    assert!(error.to_string().contains("timeout expired"), "{error}");
    server.resume();
    assert_eq!(server.sql("postgres", "SELECT 1").expect("it goes on"), "1");
}

#[test]
fn settings_are_the_servers() {
    let directory = tempfile::tempdir().expect("a directory");
    let open_to_all = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(directory.path(), open_to_all).expect("it is ours");
    let settings = Settings::new()
        .durable()
        .max_connections(33)
        .directory(directory.path())
        .line("deadlock_timeout = '77ms'");
    let server = Server::start(settings);
    let query = "SHOW fsync; SHOW full_page_writes; SHOW synchronous_commit; SHOW max_connections; SHOW deadlock_timeout";
    let values = server.sql("postgres", query).expect("it runs");
    assert_eq!(values, "on\non\non\n33\n77ms");

    let own = directory.path().canonicalize().expect("it is there");
    assert!(
        server.data_directory().starts_with(&own),
        "{}",
        server.data_directory().display()
    );
    drop(server);
    let left = std::fs::read_dir(directory.path())
        .expect("the directory itself stays")
        .count();
    assert_eq!(left, 0);

    let default =
        "SHOW fsync; SHOW full_page_writes; SHOW synchronous_commit; SHOW max_connections";
    let values = Server::start(Settings::new())
        .sql("postgres", default)
        .expect("it runs");
    assert_eq!(values, "off\noff\non\n200");
}

#[test]
#[should_panic(expected = "unrecognized configuration parameter \"no_such_setting\"")]
fn a_server_that_does_not_start_says_why() {
    let _never = Server::start(Settings::new().line("no_such_setting = 1"));
}
