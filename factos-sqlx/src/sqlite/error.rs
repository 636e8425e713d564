//! What SQLite's result codes mean to a log.

use std::sync::Arc;

use factos_core::store::{Cause, StoreError};

// Primary result codes, <https://www.sqlite.org/rescode.html>.
const ERROR: i32 = 1;
const PERM: i32 = 3;
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const NOMEM: i32 = 7;
const READONLY: i32 = 8;
const IOERR: i32 = 10;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const CANTOPEN: i32 = 14;
const PROTOCOL: i32 = 15;
const NOTADB: i32 = 26;
// Extended ones: growing the shared memory file failed, which it does when the disk is full; the file system lies.
const IOERR_SHMSIZE: i32 = 4874;
const IOERR_CORRUPTFS: i32 = 8458;

/// The typed error for what the driver said. `location` names the file.
pub(super) fn store_error(error: sqlx::Error, location: &str) -> StoreError {
    let code = code(&error);
    let missing_table = code == Some(ERROR) && error.to_string().contains("no such table");
    let unavailable = matches!(
        error,
        sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed | sqlx::Error::PoolClosed
    );
    let invalid = matches!(error, sqlx::Error::Configuration(_));
    let cause: Cause = Arc::new(error);
    match (code, code.map(|code| code & 0xff)) {
        (Some(IOERR_CORRUPTFS), _) | (_, Some(CORRUPT)) => StoreError::Corrupt(cause),
        (Some(IOERR_SHMSIZE), _) | (_, Some(FULL)) => StoreError::Full(cause),
        (_, Some(BUSY | LOCKED | PROTOCOL)) => StoreError::Busy(cause),
        (_, Some(READONLY)) => StoreError::ReadOnly(cause),
        (_, Some(NOTADB)) => StoreError::NotADatabase {
            location: location.into(),
            cause,
        },
        (_, Some(PERM | NOMEM | IOERR | CANTOPEN)) => StoreError::Unavailable(cause),
        _ if missing_table => StoreError::MissingSchema(cause),
        _ if unavailable => StoreError::Unavailable(cause),
        _ if invalid => StoreError::InvalidUrl(cause),
        _ => StoreError::Other(cause),
    }
}

/// What an error means that is the file's trouble, rather than what somebody has asked for: it passes by itself, or when
/// somebody makes room.
pub(super) fn trouble(error: &sqlx::Error) -> Option<fn(Cause) -> StoreError> {
    match code(error).map(|code| code & 0xff) {
        Some(FULL) => Some(StoreError::Full),
        Some(READONLY) => Some(StoreError::ReadOnly),
        Some(BUSY | LOCKED | PROTOCOL) => Some(StoreError::Busy),
        Some(NOMEM | IOERR | CANTOPEN) => Some(StoreError::Unavailable),
        Some(_) => None,
        None => matches!(error, sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed)
            .then_some(StoreError::Unavailable),
    }
}

/// Whether there is no transaction where one was to be ended: SQLite has ended it by itself.
pub(super) fn has_ended(error: &sqlx::Error) -> bool {
    code(error) == Some(ERROR) && error.to_string().contains("no transaction is active")
}

fn code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}

/// Whether this error of a commit leaves it open if the commit took place.
///
/// After the others SQLite has rolled back, or still holds the transaction for the rollback that follows.
pub(super) fn leaves_doubt(error: &StoreError) -> bool {
    !matches!(
        error,
        StoreError::Full(_) | StoreError::Busy(_) | StoreError::ReadOnly(_)
    )
}
