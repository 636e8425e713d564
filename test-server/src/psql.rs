//! SQL by way of `psql`, so that no driver stands between a test and what it tests.

use std::fmt;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::binaries;

/// What the server, or `psql`, said instead of doing it.
#[derive(Debug)]
pub struct SqlError(String);

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SqlError {}

/// Runs statements, by `psql`, up to the first that fails, in the database of this URL.
///
/// Answers with the rows of all of them, a line each, their fields separated by `|`.
pub fn psql(url: &str, statements: &str) -> Result<String, SqlError> {
    let mut psql = command(url)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("psql starts");
    let mut stdin = psql.stdin.take().expect("stdin is piped");
    // A server that refuses the connection ends psql before it has read anything; its own words are the better error.
    let text = statements.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = psql.wait_with_output().expect("psql answers");
    let _ = writer.join();
    if output.status.success() {
        let rows = String::from_utf8(output.stdout).expect("the answer is UTF-8");
        Ok(rows.strip_suffix('\n').unwrap_or(&rows).to_owned())
    } else {
        let said = String::from_utf8_lossy(&output.stderr);
        Err(SqlError(said.trim().to_owned()))
    }
}

/// `psql`, connecting to this URL by nothing but this URL.
pub(crate) fn command(url: &str) -> Command {
    let mut command = Command::new(binaries::psql());
    for (variable, _) in std::env::vars_os() {
        if variable.to_string_lossy().starts_with("PG") {
            command.env_remove(variable);
        }
    }
    command
        .env("LC_ALL", "C")
        .env("PGCLIENTENCODING", "UTF8")
        .args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-d", url]);
    command
}

/// A quoted name.
pub(crate) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A quoted text, whatever `standard_conforming_strings` says: a backslash is written twice in an `E` string.
pub(crate) fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}
