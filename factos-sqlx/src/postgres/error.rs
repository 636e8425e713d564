//! What PostgreSQL's error codes mean to a log.

use std::io;
use std::sync::Arc;

use factos_core::Position;
use factos_core::store::{Cause, StoreError};

/// Why a call was not answered.
#[derive(Debug)]
pub(super) enum Failure {
    /// It lost to another transaction and left nothing: again at once may do better.
    Lost(Cause),
    /// An id is taken, of which the database was not asked before; nothing is left.
    Taken(Cause),
    /// The connection is gone, and with it the knowledge of what was done.
    Gone(Cause),
    /// It left nothing, and again would not do better.
    Final(StoreError),
}

impl Failure {
    /// What to tell of a call that changes nothing.
    pub(super) fn into_error(self) -> StoreError {
        match self {
            Self::Lost(cause) => StoreError::Busy(cause),
            Self::Taken(cause) => StoreError::Other(cause),
            Self::Gone(cause) => StoreError::Unavailable(cause),
            Self::Final(error) => error,
        }
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        let class = class(&error);
        let set_back = set_back(&error);
        let cause: Cause = Arc::new(error);
        match class {
            Class::Lost => Self::Lost(cause),
            Class::Taken => Self::Taken(cause),
            Class::Gone => Self::Gone(cause),
            Class::SetBack => Self::Final(set_back.unwrap_or(StoreError::Corrupt(cause))),
            Class::Final(make) => Self::Final(make(cause)),
        }
    }
}

/// What an error means that is the database's trouble, rather than what somebody has asked it for: it passes by itself, or
/// when somebody mends the database.
pub(super) fn trouble(error: &sqlx::Error) -> Option<fn(Cause) -> StoreError> {
    match class(error) {
        Class::Lost => Some(StoreError::Busy),
        Class::Gone => Some(StoreError::Unavailable),
        Class::Final(make) => {
            let code = error.as_database_error()?.code()?;
            let is_trouble = code.starts_with("53") || code == "25006";
            is_trouble.then_some(make)
        }
        Class::Taken | Class::SetBack => None,
    }
}

enum Class {
    Lost,
    Taken,
    Gone,
    SetBack,
    Final(fn(Cause) -> StoreError),
}

/// Codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>; `FA…` are the schema's own.
fn class(error: &sqlx::Error) -> Class {
    let sqlx::Error::Database(database) = error else {
        return match error {
            sqlx::Error::Configuration(_) => Class::Final(StoreError::InvalidUrl),
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::WorkerCrashed => Class::Gone,
            _ => Class::Final(StoreError::Other),
        };
    };
    let code = database.code().unwrap_or_default();
    match &*code {
        "FA001" => Class::Final(StoreError::AnotherLog),
        "FA002" | "FA005" => Class::SetBack,
        "FA003" => Class::Final(|cause| StoreError::Unsuited(cause.to_string())),
        "40001" | "40P01" => Class::Lost,
        "08P01" => of_pooler(database.message()),
        // statements that another client of a pooler has prepared, or has not
        "26000" | "42P05" => Class::Final(not_told_of_pooler),
        // a unique index
        "23505" => Class::Taken,
        // lock_timeout
        "55P03" => Class::Final(StoreError::Busy),
        // statement_timeout, or pg_cancel_backend
        "57014" => Class::Final(StoreError::Canceled),
        // read-only transactions: a standby, or so it is set
        "25006" => Class::Final(StoreError::ReadOnly),
        // its size or the disk's
        "53100" | "54000" => Class::Final(StoreError::Full),
        // no such database
        "3D000" => Class::Final(StoreError::MissingDatabase),
        // rights
        "42501" => Class::Final(StoreError::Denied),
        // no such schema, table, function
        "3F000" | "42P01" | "42883" => Class::Final(StoreError::MissingSchema),
        // data or index corrupted
        "XX001" | "XX002" => Class::Final(StoreError::Corrupt),
        // a time limit for idle sessions, and too many sessions
        "25P03" | "57P05" | "53300" => Class::Gone,
        _ => match code.get(..2) {
            // who one is
            Some("28") => Class::Final(StoreError::Denied),
            // connections, and a server that stops or starts
            Some("08" | "57") => Class::Gone,
            _ => Class::Final(StoreError::Other),
        },
    }
}

/// What PgBouncer says under the one code that it has for everything.
fn of_pooler(message: &str) -> Class {
    let says = |text| message.contains(text);
    if says("unsupported startup parameter") {
        Class::Final(not_told_of_pooler)
    } else if says("authentication failed") || says("no such user") {
        Class::Final(StoreError::Denied)
    } else if says("no such database") {
        Class::Final(StoreError::MissingDatabase)
    } else {
        Class::Gone
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is one of several that keep the cause"
)]
fn not_told_of_pooler(cause: Cause) -> StoreError {
    StoreError::Unsuited(format!(
        "there seems to be a pooler in between, say so by `PostgresOptions::through_pooler` or \
         `?statement-cache-capacity=0` in the URL ({cause})"
    ))
}

/// The positions in the message of `factos.enter`: how far the log was seen to reach, and where it ends if that is earlier.
fn set_back(error: &sqlx::Error) -> Option<StoreError> {
    let database = error.as_database_error()?;
    let detail = database
        .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()?
        .detail()?;
    let Some((seen, head)) = detail.split_once(' ') else {
        let position = Position::new(detail.parse().ok()?);
        return Some(StoreError::Rewritten { position });
    };
    Some(StoreError::Rewound {
        seen: Position::new(seen.parse().ok()?),
        head: Position::new(head.parse().ok()?),
    })
}

/// No answer came in time.
pub(super) fn no_answer() -> sqlx::Error {
    sqlx::Error::Io(io::Error::new(
        io::ErrorKind::TimedOut,
        "the server did not answer in time",
    ))
}

/// What a failure means while connecting: there, trouble with TLS is that of a server that is not to be trusted, or that
/// does not speak it.
pub(super) fn while_connecting(failure: Failure) -> Failure {
    let Failure::Gone(cause) = failure else {
        return failure;
    };
    match cause.downcast_ref::<sqlx::Error>() {
        Some(sqlx::Error::Tls(_)) => Failure::Final(StoreError::Denied(cause)),
        Some(sqlx::Error::Io(error)) if error.kind() == io::ErrorKind::InvalidData => {
            Failure::Final(StoreError::Denied(cause))
        }
        _ => Failure::Gone(cause),
    }
}
