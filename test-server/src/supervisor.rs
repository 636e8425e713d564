//! A program that runs in a directory of its own; both are gone when this process is, however it ends.
//!
//! A killed process cleans nothing up, and Rust does not drop statics either. So the program runs below a shell that
//! reads a pipe: when its other end closes, the owner is gone, and the shell stops the program.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use crate::directory::Directory;
use crate::poll;
use crate::user::User;

const SCRIPT: &str = include_str!("supervisor.sh");

pub(crate) struct Supervisor {
    directory: Directory,
    line: Mutex<Option<Line>>,
    shell: Child,
}

/// Commands to the shell, and its answers.
struct Line {
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// How the start of a program went.
pub(crate) enum Launch {
    Ready,
    /// It ended before it was ready, and said this.
    Ended(String),
}

impl Supervisor {
    /// A new directory in `base`, and a shell in it that stops its program by `stop`, the name of a signal.
    pub fn new(base: &Path, prefix: &str, stop: &str) -> Self {
        let (directory, held_by_all) = Directory::new(base, prefix);
        let mut shell = Command::new("sh");
        if let Some(user) = directory.user() {
            shell.uid(user.uid).gid(user.gid);
        }
        for (variable, _) in std::env::vars_os() {
            if variable.to_string_lossy().starts_with("PG") {
                shell.env_remove(variable);
            }
        }
        let mut shell = shell
            .env("LC_ALL", "C")
            .args(["-c", SCRIPT, "factos-test-server"])
            .arg(directory.path())
            .arg(stop)
            .current_dir(directory.path())
            // Ctrl-C goes to a whole group of processes: these end by themselves, in order.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(held_by_all)
            .spawn()
            .unwrap_or_else(|error| match directory.user() {
                Some(User { name, .. }) => panic!(
                    "the user {name}, as whom PostgreSQL runs since root must not, cannot use {}: {error}; \
                     name a directory that all can reach in TMPDIR, or run the tests as another user",
                    directory.path().display()
                ),
                None => panic!("sh does not start: {error}"),
            });
        Self {
            line: Mutex::new(Some(Line {
                commands: shell.stdin.take().expect("stdin is piped"),
                answers: BufReader::new(shell.stdout.take().expect("stdout is piped")),
            })),
            directory,
            shell,
        }
    }

    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Writes a file that the program can read and change.
    pub fn write(&self, path: &str, text: &str) {
        self.directory.write(path, text);
    }

    /// All that was said by what ran here.
    pub fn log(&self) -> String {
        self.log_after(0)
    }

    fn log_after(&self, bytes: usize) -> String {
        let log = fs::read(self.directory().join("log")).unwrap_or_default();
        String::from_utf8_lossy(log.get(bytes..).unwrap_or_default()).into_owned()
    }

    fn log_length(&self) -> usize {
        let log = fs::read(self.directory().join("log"));
        log.map_or(0, |log| log.len())
    }

    /// Runs a command to its end.
    ///
    /// Panics, with what it said, if it fails.
    pub fn run(&self, command: &[&str]) {
        let before = self.log_length();
        let succeeded = self.tell(command);
        assert!(
            succeeded,
            "{} failed:\n{}",
            command.join(" "),
            self.log_after(before)
        );
    }

    /// Starts the program, and waits until it is ready.
    pub fn launch(&self, command: &[&str], mut is_ready: impl FnMut() -> bool) -> Launch {
        let before = self.log_length();
        let started = self.tell(&[&["start"], command].concat());
        assert!(
            started,
            "the shell cannot start {}:\n{}",
            command.join(" "),
            self.log()
        );
        let outcome = poll::until(|| {
            if self.has_ended() {
                Some(Launch::Ended(self.log_after(before)))
            } else {
                is_ready().then_some(Launch::Ready)
            }
        });
        outcome.unwrap_or_else(|| {
            panic!(
                "{} is not ready:\n{}",
                command.join(" "),
                self.log_after(before)
            )
        })
    }

    /// The process id of the program that was started last.
    pub fn program(&self) -> u32 {
        let pid = fs::read_to_string(self.directory().join("pid")).expect("a program was started");
        pid.trim().parse().expect("a process id")
    }

    /// Sends a signal to these processes, which may be gone by then.
    pub fn signal(&self, signal: &str, processes: &[u32]) {
        let processes: Vec<_> = processes.iter().map(u32::to_string).collect();
        let mut command = vec!["kill", "-s", signal];
        command.extend(processes.iter().map(String::as_str));
        self.tell(&command);
    }

    /// Whether the program was never started, or has ended.
    pub fn has_ended(&self) -> bool {
        !self.directory().join("pid").exists() || self.directory().join("exited").exists()
    }

    /// Waits until the program has ended.
    pub fn wait_for_end(&self) {
        poll::until(|| self.has_ended().then_some(()))
            .unwrap_or_else(|| panic!("the server does not stop:\n{}", self.log()));
    }

    fn tell(&self, command: &[&str]) -> bool {
        let command: Vec<_> = command.iter().map(|word| quoted(word)).collect();
        let command = format!("{}\n", command.join(" "));
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        let line = line.as_mut().expect("only Drop closes it");
        let mut answer = String::new();
        line.commands
            .write_all(command.as_bytes())
            .and_then(|()| line.answers.read_line(&mut answer))
            .expect("the shell above the server lives");
        answer == "0\n"
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        let line = self.line.get_mut().unwrap_or_else(PoisonError::into_inner);
        drop(line.take());
        let has_ended = poll::until(|| self.shell.try_wait().ok().flatten()).is_some();
        if !(has_ended && self.directory.is_swept()) {
            eprintln!(
                "a test server is left behind in {}",
                self.directory().display()
            );
        }
    }
}

/// A word of a shell's command.
fn quoted(word: &str) -> String {
    assert!(!word.contains('\n'), "a command is one line");
    format!("'{}'", word.replace('\'', r"'\''"))
}
