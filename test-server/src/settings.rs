//! How a server is set up.

use std::path::PathBuf;

use crate::place;

/// How a server of one's own is set up; [`Settings::new`] suits tests.
///
/// ```
/// use factos_test_server::{Server, Settings};
///
/// let settings = Settings::new().line("statement_timeout = '2s'").max_connections(50);
/// let server = Server::start(settings);
/// let timeout = server.sql("postgres", "SHOW statement_timeout").expect("it answers");
/// assert_eq!(timeout, "2s");
/// ```
#[derive(Debug, Clone)]
pub struct Settings {
    pub(crate) is_durable: bool,
    pub(crate) has_tls: bool,
    pub(crate) max_connections: u32,
    pub(crate) directory: PathBuf,
    pub(crate) lines: Vec<String>,
}

impl Settings {
    /// A server that writes as it would in earnest but lets the operating system choose when it reaches the disk: it
    /// survives crashes of its own, and would not survive one of the machine.
    pub fn new() -> Self {
        Self {
            is_durable: false,
            has_tls: false,
            max_connections: 200,
            directory: place::temporary().to_owned(),
            lines: Vec::new(),
        }
    }

    /// Waits for the disk at each commit, as a server in earnest does: for what is measured.
    #[must_use]
    pub fn durable(self) -> Self {
        let is_durable = true;
        Self { is_durable, ..self }
    }

    /// Offers TLS, with a certificate for `localhost`: see [`Server::tls_url`](crate::Server::tls_url).
    #[must_use]
    pub fn tls(self) -> Self {
        let has_tls = true;
        Self { has_tls, ..self }
    }

    /// How many clients it takes at a time, 200 if nothing is said.
    #[must_use]
    pub fn max_connections(self, max_connections: u32) -> Self {
        Self {
            max_connections,
            ..self
        }
    }

    /// Where its own directory is made; if nothing is said, `TMPDIR`, or memory (`/dev/shm`) where there is plenty, or the
    /// system's directory for temporary files.
    ///
    /// What is measured, or becomes large, belongs on a disk. The directory named here is made if it is missing, and
    /// stays.
    #[must_use]
    pub fn directory(self, directory: impl Into<PathBuf>) -> Self {
        let directory = directory.into();
        Self { directory, ..self }
    }

    /// A line for `postgresql.conf`; it overrides the others.
    #[must_use]
    pub fn line(mut self, line: impl Into<String>) -> Self {
        self.lines.push(line.into());
        self
    }

    /// The lines of `postgresql.conf`, after those that `initdb` writes.
    pub(crate) fn configuration(&self, port: u16, sockets: &str) -> String {
        let on = |is_on| if is_on { "on" } else { "off" };
        let (durable, tls) = (on(self.is_durable), on(self.has_tls));
        let max_connections = self.max_connections;
        let mut text = format!(
            "listen_addresses = '127.0.0.1'\n\
             port = {port}\n\
             unix_socket_directories = '{sockets}'\n\
             max_connections = {max_connections}\n\
             password_encryption = 'scram-sha-256'\n\
             fsync = {durable}\n\
             full_page_writes = {durable}\n\
             ssl = {tls}\n\
             wal_keep_size = '256MB'\n\
             lc_messages = 'C'\n"
        );
        for line in &self.lines {
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::new()
    }
}
