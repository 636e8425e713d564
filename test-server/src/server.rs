//! The server, as tests see it.

use std::path::PathBuf;
use std::sync::OnceLock;

use crate::external::Sweeper;
use crate::instance::{Instance, SUPERUSER};
use crate::psql::{self, SqlError};
use crate::{Settings, poll, unique, url};

/// A throw-away PostgreSQL server, stopped and removed when this is dropped or the process has ended, however it ended.
///
/// It listens on 127.0.0.1 and asks for passwords.
pub struct Server {
    /// Of the superuser, to a database that is always there.
    url: String,
    home: Home,
}

enum Home {
    Own(Box<Instance>),
    External(Sweeper),
}

impl Server {
    /// The server that the tests of this process share, started when it is first asked for.
    ///
    /// It is the one that the environment variable `FACTOS_TEST_POSTGRES` names, if there is one: a URL with the right
    /// to create databases and roles. Those made here are dropped at the end, and are called `factos_test_…` anyway.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(|| match std::env::var("FACTOS_TEST_POSTGRES") {
            Ok(url) if !url.is_empty() => Self::external(url),
            _ => Self::start(Settings::new()),
        })
    }

    /// Starts a server of one's own, for tests that stop it or need other settings.
    #[must_use = "a server is stopped when it is dropped"]
    pub fn start(settings: Settings) -> Self {
        Self::of(Instance::start(settings))
    }

    pub(crate) fn of(instance: Instance) -> Self {
        let (password, port) = (&instance.password, instance.port);
        let url = format!("postgres://{SUPERUSER}:{password}@127.0.0.1:{port}/postgres");
        let home = Home::Own(Box::new(instance));
        Self { url, home }
    }

    fn external(url: String) -> Self {
        if let Err(error) = psql::psql(&url, "SELECT 1") {
            panic!("FACTOS_TEST_POSTGRES names a server that does not answer: {error}");
        }
        let home = Home::External(Sweeper::new(&url));
        Self { url, home }
    }

    /// The server's own directory and processes.
    ///
    /// Panics if there is none: a server that others started is not stopped.
    pub(crate) fn instance(&self) -> &Instance {
        match &self.home {
            Home::Own(instance) => instance,
            Home::External(_) => panic!(
                "FACTOS_TEST_POSTGRES names a server that is not ours to handle: a test that does more than use its \
                 databases takes `Server::start`"
            ),
        }
    }

    fn at_the_end(&self, statement: &str) {
        if let Home::External(sweeper) = &self.home {
            sweeper.at_the_end(statement);
        }
    }

    /// Creates a database that no other test uses, and returns its URL, `postgres://user:password@127.0.0.1:port/name`.
    ///
    /// Its owner is a superuser on a server of our own.
    pub fn database(&self) -> String {
        let name = unique("factos_test");
        self.at_the_end(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE);"));
        // Nobody can be connected to `template0`, which would keep it from being copied.
        self.administer(&format!("CREATE DATABASE {name} TEMPLATE template0"));
        self.url(&name)
    }

    /// Creates a role that may log in with this password, and do nothing else.
    ///
    /// Roles belong to the whole server: [`unique()`](crate::unique()) makes a name that no other test uses.
    pub fn create_user(&self, name: &str, password: &str) {
        let (role, password) = (psql::identifier(name), psql::literal(password));
        self.at_the_end(&format!("DROP ROLE IF EXISTS {role};"));
        self.administer(&format!("CREATE ROLE {role} LOGIN PASSWORD {password}"));
    }

    /// The superuser's URL of this database.
    pub fn url(&self, database: &str) -> String {
        url::with_database(&self.url, database)
    }

    /// The superuser's URL of this database that asks for TLS and checks the server's certificate and name.
    ///
    /// Panics unless the server has [`Settings::tls`].
    pub fn tls_url(&self, database: &str) -> String {
        let url = self.url(database).replace("@127.0.0.1:", "@localhost:");
        format!(
            "{url}?sslmode=verify-full&sslrootcert={}",
            self.ca_file().display()
        )
    }

    /// The certificate of the authority that signed the server's, in PEM.
    ///
    /// Panics unless the server has [`Settings::tls`].
    pub fn ca_file(&self) -> PathBuf {
        let instance = self.instance();
        assert!(
            instance.settings.has_tls,
            "this server is started without `Settings::tls`"
        );
        instance.authority()
    }

    /// Runs statements, by `psql`, up to the first that fails, as the superuser in this database.
    ///
    /// Answers with the rows of all of them, a line each, their fields separated by `|`.
    pub fn sql(&self, database: &str, statements: &str) -> Result<String, SqlError> {
        psql::psql(&self.url(database), statements)
    }

    fn administer(&self, statement: &str) {
        psql::psql(&self.url, statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
    }

    /// The port it listens on; it keeps it.
    pub fn port(&self) -> u16 {
        self.instance().port
    }

    /// Where its data are.
    pub fn data_directory(&self) -> PathBuf {
        self.instance().data_directory()
    }

    /// All that the server has logged.
    pub fn log(&self) -> String {
        self.instance().log()
    }

    /// Stops the server: clients are disconnected, what is committed is written. Nothing happens if it is stopped.
    pub fn stop_fast(&self) {
        self.instance().stop_fast();
    }

    /// Crashes the server: all of its processes are killed at once, clients see their connections break. Nothing
    /// happens if it is stopped.
    pub fn kill(&self) {
        self.instance().kill();
    }

    /// Starts the server on its port, after stopping it if it runs, and returns when it takes connections: after a
    /// crash, when it has recovered.
    pub fn restart(&self) {
        self.stop_fast();
        self.instance().start_again();
    }

    /// Stops all of the server's processes where they are: it holds its connections and answers nothing, until
    /// [`resume`](Self::resume).
    pub fn pause(&self) {
        self.instance().pause();
    }

    /// Lets a server that was paused go on.
    pub fn resume(&self) {
        self.instance().resume();
    }

    /// Waits until the server answers a query, after something in it was killed by other means than this type's.
    pub fn wait_until_ready(&self) {
        let mut last = None;
        let answered = poll::until(|| match psql::psql(&self.url, "SELECT 1") {
            Ok(_) => Some(()),
            Err(error) => {
                last = Some(error);
                None
            }
        });
        assert!(answered.is_some(), "PostgreSQL does not answer: {last:?}");
    }

    /// Where PostgreSQL's programs are that the server runs by, for `pgbench`, `pg_dump` and the like.
    pub fn program(name: &str) -> PathBuf {
        crate::binaries::postgres(name)
    }
}
