//! Nothing is left when the process that started it is gone, however it went.
//!
//! The process is this test binary, started again to play a part.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use factos_test_server::{
    PgBouncer, PoolMode, Replication, Server, Settings, database_name, psql, unique,
};

const PART: &str = "FACTOS_TEST_PART";
const SAYS: &str = "owner says: ";

/// What another process has started, and it; it goes on when its stdin ends.
struct Owner {
    process: Child,
    stdin: ChildStdin,
    said: Vec<String>,
}

impl Owner {
    fn start(part: &str, variables: &[(&str, &str)]) -> Self {
        let mut process = Command::new(std::env::current_exe().expect("this test has a file"))
            .args([
                "--exact",
                "owner::owner",
                "--nocapture",
                "--test-threads",
                "1",
            ])
            .env_remove("FACTOS_TEST_POSTGRES")
            .envs(variables.iter().copied())
            .env(PART, part)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the test binary starts");
        let stdin = process.stdin.take().expect("it is piped");
        let stdout = BufReader::new(process.stdout.as_mut().expect("it is piped"));
        let lines = stdout.lines().map(|line| line.expect("text"));
        let said = lines
            .filter_map(|line| Some(line.split_once(SAYS)?.1.to_owned()))
            .take_while(|line| line != "done")
            .collect();
        Self {
            process,
            stdin,
            said,
        }
    }

    fn ends(mut self) -> std::process::ExitStatus {
        drop(self.stdin);
        self.process.wait().expect("it ends")
    }

    fn killed(mut self) {
        self.process.kill().expect("it is ours");
        self.process.wait().expect("it ends");
        drop(self.stdin);
    }
}

/// Plays the owner's part; does nothing in an ordinary run of the tests.
#[test]
fn owner() {
    let Ok(part) = std::env::var(PART) else {
        return;
    };
    let goes_on = || {
        std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink()).expect("the parent lives")
    };
    let say = |what: &str| println!("\n{SAYS}{what}");
    let say_directory = |server: &Server| say(&server.data_directory().display().to_string());
    match part.as_str() {
        "shared" | "panics" => {
            say_directory(Server::shared());
            Server::shared().database();
            say("done");
            goes_on();
            assert_eq!(part, "shared", "as it was told");
        }
        "all kinds" => {
            let at_rest = Server::start(Settings::new().tls());
            at_rest.stop_fast();
            let crashed = Server::start(Settings::new());
            crashed.kill();
            let frozen = Server::start(Settings::new());
            frozen.pause();
            let primary = Server::start(Settings::new());
            let standby = primary.standby("second", Replication::Synchronous);
            let bouncer = PgBouncer::start(&primary, PoolMode::Session);
            for server in [&at_rest, &crashed, &frozen, &primary, &standby] {
                say_directory(server);
            }
            say(&bouncer.port().to_string());
            say("done");
            goes_on();
        }
        "a guest" => {
            let database = Server::shared().database();
            let user = unique("guest");
            Server::shared().create_user(&user, "secret");
            let grant = format!("CREATE TABLE t (); GRANT INSERT ON t TO {user}");
            psql(&database, &grant).expect("its owner may");
            say(database_name(&database));
            say(&user);
            say("done");
            goes_on();
        }
        other => panic!("no such part: {other}"),
    }
}

/// Waits until this is so, which no signal tells.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !is_so() {
        assert!(Instant::now() < deadline, "not in a minute: {what}");
        sleep(Duration::from_millis(5));
    }
}

/// Waits until the directories of these servers are gone, which are the last to go.
fn are_gone(data_directories: &[String]) {
    for data in data_directories {
        let directory = Path::new(data)
            .parent()
            .expect("it lies in the server's directory");
        until(data, || !directory.exists());
        until("no process is left", || processes_of(directory).is_empty());
    }
}

/// Command lines and current directories of all processes that have to do with a directory.
fn processes_of(directory: &Path) -> Vec<String> {
    let directory = directory.to_str().expect("UTF-8");
    let about = |process: std::fs::DirEntry| {
        let command = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        let command = String::from_utf8_lossy(&command).replace('\0', " ");
        let current = std::fs::read_link(process.path().join("cwd")).unwrap_or_default();
        format!("{command} in {}", current.display())
    };
    // Only Linux has this; elsewhere the directories tell.
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .map(about)
        .filter(|about| about.contains(directory))
        .collect()
}

#[test]
fn nothing_is_left_of_a_shared_server_at_the_normal_end() {
    let owner = Owner::start("shared", &[]);
    let directories = owner.said.clone();
    assert_eq!(directories.len(), 1);
    let seen = processes_of(Path::new(&directories[0]).parent().expect("it has one"));
    assert!(!seen.is_empty() || !Path::new("/proc/self/cmdline").exists());
    assert!(owner.ends().success());
    are_gone(&directories);
}

#[test]
fn nothing_is_left_after_a_panic() {
    let owner = Owner::start("panics", &[]);
    let directories = owner.said.clone();
    assert_eq!(directories.len(), 1);
    assert!(!owner.ends().success());
    are_gone(&directories);
}

#[test]
fn nothing_is_left_of_anything_when_its_owner_is_killed() {
    let owner = Owner::start("all kinds", &[]);
    let mut said = owner.said.clone();
    let port: u16 = said.pop().expect("a port").parse().expect("a number");
    assert_eq!(said.len(), 5);
    let connect = || std::net::TcpStream::connect(("127.0.0.1", port));
    connect().expect("PgBouncer is there");
    owner.killed();
    are_gone(&said);
    until("PgBouncer ends", || connect().is_err());
}

#[test]
fn nothing_is_left_on_another_server_when_its_guest_is_killed() {
    let host = Server::start(Settings::new());
    let owner = Owner::start(
        "a guest",
        &[("FACTOS_TEST_POSTGRES", &host.url("postgres"))],
    );
    let [database, user] = &owner.said[..] else {
        panic!("it says two names: {:?}", owner.said);
    };
    let query = format!(
        "SELECT (SELECT count(*) FROM pg_database WHERE datname = '{database}'),
                (SELECT count(*) FROM pg_roles WHERE rolname = '{user}')"
    );
    let left = || host.sql("postgres", &query).expect("it answers");
    assert_eq!(left(), "1|1");
    owner.killed();
    until("they are dropped", || left() == "0|0");
}

#[test]
fn what_is_missing_is_said() {
    let nowhere = std::env::temp_dir();
    let nowhere = nowhere.to_str().expect("UTF-8");
    let output = Command::new(std::env::current_exe().expect("this test has a file"))
        .args(["--exact", "owner::owner", "--nocapture"])
        .env_remove("FACTOS_TEST_POSTGRES")
        .env("FACTOS_TEST_POSTGRES_BIN", nowhere)
        .env(PART, "shared")
        .output()
        .expect("the test binary runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains(&format!(
            "FACTOS_TEST_POSTGRES_BIN is {nowhere}, where there is no initdb"
        )),
        "{said}"
    );
    assert!(!output.status.success());
}
