//! A PostgreSQL server whose backends are ended, and which is stopped, crashed and started again.

use std::time::{Duration, Instant};

use factos::postgres::PostgresStore;
use factos_test_server::{Server, Settings, database_name};
use fastrand::Rng;
use tokio::task::block_in_place;

use super::environment::Environment;

/// How long the server may take to end the backends that killed clients have left.
const LONGEST_END: Duration = Duration::from_mins(1);

/// A server of one's own, with a log in it.
pub struct PostgresServer {
    server: Server,
    url: String,
}

impl PostgresServer {
    /// A new server.
    pub async fn start() -> Self {
        let server = Server::start(Settings::new());
        let url = server.database();
        PostgresStore::migrate(&url)
            .await
            .expect("the schema is made");
        Self { server, url }
    }

    /// Plants a bug: replaces a piece of a function of the schema.
    pub fn plant(&self, function: &str, piece: &str, instead: &str) {
        let source = self.sql(&format!(
            "SELECT pg_get_functiondef('factos.{function}'::regproc)"
        ));
        assert!(source.contains(piece), "{function} has no {piece:?}");
        self.sql(&source.replacen(piece, instead, 1));
    }

    fn sql(&self, statement: &str) -> String {
        let answer = self.server.sql(database_name(&self.url), statement);
        answer.unwrap_or_else(|error| panic!("{statement}: {error}"))
    }

    /// Ends backends of clients: all of them, or so many.
    fn end_backends(&self, most: &str) {
        self.sql(&format!(
            "SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' \
             AND pid <> pg_backend_pid() ORDER BY random() LIMIT {most}) AS chosen"
        ));
    }
}

impl Environment for PostgresServer {
    fn url(&self) -> &str {
        &self.url
    }

    async fn disturb(&mut self, rng: &mut Rng) {
        block_in_place(|| match rng.u32(..16) {
            0 => {
                self.server.kill();
                self.server.restart();
            }
            1 => {
                self.server.stop_fast();
                self.server.restart();
            }
            2 => self.end_backends("ALL"),
            _ => self.end_backends(&rng.u32(1..4).to_string()),
        });
    }

    /// Readers go on, and connect again: those who were connected before are waited for.
    async fn rest(&mut self) {
        block_in_place(|| self.server.wait_until_ready());
        let now = self.sql("SELECT clock_timestamp()");
        // Asked to again and again: one that is just beginning does not hear of it yet.
        let before = format!(
            "SELECT coalesce(string_agg(format('%s since %s, ended %s: %s, %s', pid, backend_start, \
             pg_terminate_backend(pid), wait_event, query), '; '), '') FROM pg_stat_activity \
             WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND backend_start < '{}'",
            now.trim()
        );
        let began = Instant::now();
        loop {
            let left = self.sql(&before);
            if left.trim().is_empty() {
                return;
            }
            let is_over = began.elapsed() > LONGEST_END;
            assert!(!is_over, "backends do not end: {left}");
            tokio::task::yield_now().await;
        }
    }

    /// Every event's tags are in the table by which they are found, and nothing else is.
    async fn examine(&mut self) -> Result<(), String> {
        let difference = self.sql(
            "WITH wanted AS (\
               SELECT factos.tag_hash(e.log, t) AS hash, e.position, factos.tag_hash(e.log, e.type) AS type \
               FROM factos.events AS e CROSS JOIN LATERAL unnest(e.tags) AS t) \
             SELECT (SELECT count(*) FROM (TABLE wanted EXCEPT ALL TABLE factos.tags) AS missing) \
               || ' missing, ' || (SELECT count(*) FROM (TABLE factos.tags EXCEPT ALL TABLE wanted) AS strange) || ' strange'",
        );
        if difference.trim() == "0 missing, 0 strange" {
            Ok(())
        } else {
            Err(difference)
        }
    }
}
