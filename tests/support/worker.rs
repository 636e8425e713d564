//! Child processes: the test binary, started again to play a part in a test of several processes.
//!
//! The part is a `#[test]` of the same binary that does nothing unless [`part`] finds it was started for it.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

const VARIABLE: &str = "FACTOS_TEST_WORKER";

/// The arguments of the part this process was started for; `None` in an ordinary test run.
pub fn part() -> Option<Vec<String>> {
    let arguments = std::env::var(VARIABLE).ok()?;
    Some(arguments.split('\n').map(str::to_owned).collect())
}

/// A child process that is killed when it is dropped.
pub struct Worker {
    pub process: Child,
    pub stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

/// Prefix of the lines that a part says; the test harness prints others.
const SAYS: &str = "worker says: ";

/// Says a line to the parent.
pub fn say(line: impl std::fmt::Display) {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{SAYS}{line}")
        .and_then(|()| out.flush())
        .expect("the parent listens");
}

impl Worker {
    /// Starts the test named `test` of this binary in a process of its own.
    pub fn start(test: &str, arguments: &[&str]) -> Self {
        let binary = std::env::current_exe().expect("this test has a file");
        let mut process = Command::new(binary)
            .args(["--exact", test, "--nocapture", "--test-threads", "1"])
            .env(VARIABLE, arguments.join("\n"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the test binary starts");
        let stdin = process.stdin.take().expect("stdin is piped");
        let stdout = process.stdout.take().expect("stdout is piped");
        Self {
            process,
            stdin,
            lines: BufReader::new(stdout).lines(),
        }
    }

    /// The next line that the part says; `None` when it has ended.
    pub async fn line(&mut self) -> Option<String> {
        while let Some(line) = self
            .lines
            .next_line()
            .await
            .expect("the child's output is text")
        {
            if let Some(said) = line.strip_prefix(SAYS) {
                return Some(said.to_owned());
            }
        }
        None
    }
}
