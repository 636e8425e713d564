//! A server that is not ours: what was made in it is dropped when this process has ended, however it ended.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use crate::psql;

/// Each line is a statement that undoes something; they run when stdin has ended, since its owner is gone then.
const SWEEPER: &str = r#"
statements=$(cat)
# Twice: a role goes only when the databases that it has rights in are gone.
printf '%s\n%s\n' "$statements" "$statements" | "$@"
"#;

pub(crate) struct Sweeper {
    statements: Mutex<Option<ChildStdin>>,
    shell: Child,
}

impl Sweeper {
    pub fn new(url: &str) -> Self {
        let psql = psql::command(url);
        let mut command = Command::new("sh");
        for (variable, value) in psql.get_envs() {
            match value {
                Some(value) => command.env(variable, value),
                None => command.env_remove(variable),
            };
        }
        let mut shell = command
            .args(["-c", SWEEPER, "factos-test-server"])
            .arg(psql.get_program())
            .args(psql.get_args())
            // One statement that fails does not keep the others from being tried.
            .args(["-v", "ON_ERROR_STOP=0"])
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh starts");
        let statements = Mutex::new(shell.stdin.take());
        Self { statements, shell }
    }

    /// A statement for the end.
    pub fn at_the_end(&self, statement: &str) {
        let mut statements = self
            .statements
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let statements = statements.as_mut().expect("only Drop closes it");
        writeln!(statements, "{statement}").expect("the shell that cleans up lives");
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        drop(
            self.statements
                .get_mut()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        let _ = self.shell.wait();
    }
}
