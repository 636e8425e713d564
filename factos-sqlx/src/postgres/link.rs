//! Links: connections, and calls on them.

use std::future::Future;
use std::io;
use std::time::Duration;

use factos_core::store::StoreError;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgRow};
use sqlx::{ConnectOptions, Connection, Executor, PgPool};
use tokio::runtime::{Handle, Id};
use tokio::time::{Instant, sleep, timeout_at};

use super::error::{Failure, no_answer, while_connecting};
use crate::connections;

/// Between two attempts: at first, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(250));

/// Where a connection's options come from.
#[derive(Debug, Clone)]
pub(super) enum Source {
    Options(Box<PgConnectOptions>),
    /// A pool's options may change with time, such as a password.
    Pool(PgPool),
}

impl Source {
    fn options(&self) -> PgConnectOptions {
        match self {
            Self::Options(options) => PgConnectOptions::clone(options),
            Self::Pool(pool) => pool.connect_options().as_ref().clone(),
        }
    }
}

/// Whether the server keeps a session for each connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sessions {
    Own,
    /// A pooler hands sessions out for a transaction at a time: nothing can be prepared for later.
    Pooled,
}

/// How connections are made.
#[derive(Debug, Clone)]
pub(super) struct Opener {
    pub(super) source: Source,
    pub(super) sessions: Sessions,
    pub(super) max_wait: Duration,
}

impl Opener {
    /// Connects; waits for a server that is not there, up to the longest wait.
    pub(super) async fn open_until(&self, deadline: Instant) -> Result<Link, StoreError> {
        let mut pauses = Pauses::default();
        let mut first = None;
        loop {
            match self.connect(deadline).await {
                Ok(link) => return Ok(link),
                Err(failure @ Failure::Final(_)) => return Err(failure.into_error()),
                Err(failure) => {
                    // The last one may only say that time ran out.
                    let first = first.get_or_insert_with(|| failure.into_error());
                    if !pauses.pause(deadline).await {
                        return Err(first.clone());
                    }
                }
            }
        }
    }

    /// The options of the next connection.
    pub(super) fn options(&self) -> PgConnectOptions {
        let options = self.source.options();
        if self.sessions == Sessions::Pooled {
            // PgBouncer refuses settings that it does not know.
            options.extra_float_digits(None).statement_cache_capacity(0)
        } else {
            options.statement_cache_capacity(100)
        }
    }

    async fn connect(&self, deadline: Instant) -> Result<Link, Failure> {
        let options = self.options();
        let by_socket = options.get_socket().is_some() || options.get_host().starts_with('/');
        let of_file = |error| if by_socket { error } else { of_file(error) };
        let connect = async {
            let mut connection = options.connect().await.map_err(of_file)?;
            if self.sessions == Sessions::Own {
                connection
                    .execute(
                        "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED",
                    )
                    .await?;
            }
            Ok(connection)
        };
        let connection = within(deadline, connect).await.map_err(while_connecting)?;
        Ok(Link {
            connection,
            sessions: self.sessions,
            runtime: Handle::current().id(),
            in_transaction: false,
            patience: self.max_wait,
        })
    }
}

/// What is not found where no socket's file is looked for is a file that the URL names, such as a certificate's.
fn of_file(error: sqlx::Error) -> sqlx::Error {
    match error {
        sqlx::Error::Io(error) if error.kind() == io::ErrorKind::NotFound => {
            sqlx::Error::Configuration(Box::new(error))
        }
        other => other,
    }
}

impl connections::Opener for Opener {
    type Link = Link;

    async fn open(&self) -> Result<Link, StoreError> {
        self.open_until(Instant::now() + self.max_wait).await
    }

    /// A connection lives on the runtime that it was made on, which may be driven by nobody any more.
    fn can_use(&self, link: &Link) -> bool {
        link.runtime == Handle::current().id()
    }
}

/// A connection.
pub(super) struct Link {
    connection: PgConnection,
    sessions: Sessions,
    runtime: Id,
    in_transaction: bool,
    /// How long the server waits for locks, and for us in the middle of a transaction.
    patience: Duration,
}

impl Link {
    /// Runs one statement with its values, in a transaction of its own unless one was begun.
    ///
    /// All rows are awaited, and then the end of the statement: only that says whether it was committed.
    pub(super) async fn call(
        &mut self,
        deadline: Instant,
        statement: &'static str,
        arguments: PgArguments,
    ) -> Result<Vec<PgRow>, Failure> {
        let prepared = self.sessions == Sessions::Own;
        // Without a prepared statement it takes two trips, between which a pooler may change the session.
        let wraps = !prepared && !self.in_transaction;
        let begin = sqlx::AssertSqlSafe(begin(self.patience));
        let connection = &mut self.connection;
        let call = async {
            if wraps {
                connection.execute(begin).await?;
            }
            let query = sqlx::query_with(statement, arguments).persistent(prepared);
            let rows = query.fetch_all(&mut *connection).await;
            if wraps {
                connection
                    .execute(if rows.is_ok() { "COMMIT" } else { "ROLLBACK" })
                    .await?;
            }
            rows
        };
        within(deadline, call).await
    }

    /// Begins a transaction.
    pub(super) async fn begin(&mut self, deadline: Instant) -> Result<(), Failure> {
        let begin = sqlx::AssertSqlSafe(begin(self.patience));
        within(deadline, self.connection.execute(begin)).await?;
        self.in_transaction = true;
        Ok(())
    }

    /// Commits what was begun.
    pub(super) async fn commit(&mut self, deadline: Instant) -> Result<(), Failure> {
        self.end(deadline, "COMMIT").await
    }

    /// Takes back what was begun.
    pub(super) async fn roll_back(&mut self, deadline: Instant) -> Result<(), Failure> {
        self.end(deadline, "ROLLBACK").await
    }

    async fn end(&mut self, deadline: Instant, statement: &'static str) -> Result<(), Failure> {
        within(deadline, self.connection.execute(statement)).await?;
        self.in_transaction = false;
        Ok(())
    }

    /// Runs statements without values.
    pub(super) async fn run(&mut self, deadline: Instant, statements: &str) -> Result<(), Failure> {
        let statements = sqlx::raw_sql(sqlx::AssertSqlSafe(statements));
        within(deadline, statements.execute(&mut self.connection)).await?;
        Ok(())
    }

    /// Takes its leave of the server.
    pub(super) async fn close(self) {
        // An error says that it is closed already.
        let _ = self.connection.close().await;
    }
}

/// Begins a transaction, which waits so long for a lock, and which the server ends by itself when nothing is heard for as
/// long.
fn begin(patience: Duration) -> String {
    let patience = millis(patience);
    format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = {patience}; \
         SET LOCAL idle_in_transaction_session_timeout = {patience}"
    )
}

async fn within<T>(
    deadline: Instant,
    operation: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, Failure> {
    // Nothing is sent when nobody will hear the answer.
    if Instant::now() >= deadline {
        return Err(no_answer().into());
    }
    let outcome = timeout_at(deadline, operation).await;
    Ok(outcome.unwrap_or_else(|_| Err(no_answer()))?)
}

/// A wait as PostgreSQL takes it.
pub(super) fn millis(wait: Duration) -> i32 {
    // 0 would be for ever.
    i32::try_from(wait.as_millis()).unwrap_or(i32::MAX).max(1)
}

/// Pauses that grow, with some jitter.
#[derive(Debug, Default)]
pub(super) struct Pauses(Duration);

impl Pauses {
    /// Pauses; answers `false`, at once, when the pause would not end before the deadline.
    pub(super) async fn pause(&mut self, deadline: Instant) -> bool {
        let (first, longest) = PAUSES;
        self.0 = (self.0 * 2).clamp(first, longest);
        let pause = self.0.mul_f64(0.5 + fastrand::f64());
        if Instant::now() + pause >= deadline {
            return false;
        }
        sleep(pause).await;
        true
    }
}
