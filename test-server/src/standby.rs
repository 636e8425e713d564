//! A second server that follows the first.

use std::sync::PoisonError;

use crate::instance::{Instance, SUPERUSER, program};
use crate::{Server, poll, psql};

/// Whether commits of the primary wait for the standby.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replication {
    /// A commit is acknowledged when the standby has it, too: it survives the loss of the primary.
    Synchronous,
    /// The standby follows when it can; commits do not wait for it.
    Asynchronous,
}

impl Server {
    /// Starts a read-only copy of this server that follows it, by the name `name`.
    ///
    /// Returns when it follows; the commits of this server wait for it from then on, if the replication is to be
    /// synchronous. It has this server's settings, users and passwords, and a port and a directory of its own.
    ///
    /// ```
    /// use factos_test_server::{Replication, Server, Settings};
    ///
    /// let primary = Server::start(Settings::new());
    /// let standby = primary.standby("second", Replication::Synchronous);
    /// primary.sql("postgres", "CREATE TABLE kept ()").expect("both have it");
    /// primary.kill();
    /// standby.promote();
    /// standby.sql("postgres", "TABLE kept").expect("it is there");
    /// ```
    #[must_use = "a server is stopped when it is dropped"]
    pub fn standby(&self, name: &str, replication: Replication) -> Self {
        let primary = self.instance();
        let source = format!(
            "host=127.0.0.1 port={} user={SUPERUSER} password={} application_name={name}",
            primary.port, primary.password
        );
        let (settings, password) = (primary.settings.clone(), primary.password.clone());
        let standby = Instance::create(settings, password, |supervisor| {
            supervisor.run(&[
                &program("pg_basebackup"),
                "--pgdata",
                "data",
                "--dbname",
                &source,
                "--checkpoint",
                "fast",
                "--wal-method",
                "stream",
                "--no-sync",
            ]);
            // What the primary has set by `ALTER SYSTEM`, such as its own standbys, is not for this one.
            supervisor.write(
                "data/postgresql.auto.conf",
                &format!("primary_conninfo = '{source}'\n"),
            );
            supervisor.write("data/standby.signal", "");
        });
        self.wait_for_replication(name, "state = 'streaming'");
        if replication == Replication::Synchronous {
            self.require(name);
            self.wait_for_replication(name, "sync_state = 'sync'");
        }
        Self::of(standby)
    }

    /// Lets commits wait for this standby, too.
    fn require(&self, name: &str) {
        let mut names = self
            .instance()
            .synchronous
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        names.push(psql::identifier(name));
        let all = psql::literal(&format!("FIRST {} ({})", names.len(), names.join(", ")));
        let statements =
            format!("ALTER SYSTEM SET synchronous_standby_names = {all}; SELECT pg_reload_conf();");
        self.sql("postgres", &statements)
            .expect("a server is told its standbys");
    }

    fn wait_for_replication(&self, name: &str, condition: &str) {
        let query = format!(
            "SELECT count(*) FROM pg_stat_replication WHERE application_name = {} AND {condition}",
            psql::literal(name)
        );
        poll::until(|| (self.sql("postgres", &query).ok()? == "1").then_some(()))
            .unwrap_or_else(|| panic!("the standby {name} does not follow:\n{}", self.log()));
    }

    /// Waits until readers of this standby see all that is committed on the primary now; a synchronous standby has it
    /// on disk before it shows it.
    pub fn catch_up_with(&self, primary: &Self) {
        let end = primary
            .sql("postgres", "SELECT pg_current_wal_lsn()")
            .expect("the primary answers");
        let query = format!("SELECT pg_last_wal_replay_lsn() >= '{end}'");
        poll::until(|| (self.sql("postgres", &query).ok()? == "t").then_some(()))
            .unwrap_or_else(|| panic!("the standby does not catch up:\n{}", self.log()));
    }

    /// Makes this standby a primary, which takes writes when this returns.
    pub fn promote(&self) {
        self.instance().promote();
    }
}
