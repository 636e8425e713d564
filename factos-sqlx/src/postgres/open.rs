//! Opens a log: the server, the schema, and the log's own row.

use factos_core::LogId;
use factos_core::store::{LogInfo, ReadRequest, StoreError};
use sqlx::Row;
use tokio::time::Instant;
use uuid::Uuid;

use super::arguments::Values;
use super::error::Failure;
use super::link::Link;
use super::migrate::{check_schema, migrate_schema, one};
use super::notify::Notifier;
use super::options::{Lock, PostgresOptions};
use super::read;
use super::store::{PostgresStore, Shared, deadline};
use crate::cause;
use crate::connections::{Connections, Opener};
use crate::options::Schema;

/// The oldest version whose behaviour is relied on.
const OLDEST_SERVER: i32 = 130_000;

pub(super) async fn open(options: PostgresOptions) -> Result<PostgresStore, StoreError> {
    let deadline = deadline(options.max_wait);
    let mut link = connect(&options, deadline).await?;
    match options.schema {
        Schema::Migrate => migrate_schema(&mut link, deadline).await?,
        Schema::Check => check_schema(&mut link, deadline).await?,
    }
    let (log, identity, lock) = log_row(&mut link, deadline, &options).await?;
    let (opener, max_wait) = (options.opener(), options.max_wait);
    let readers = Connections::new(opener.clone(), options.read_connections.get(), max_wait);
    readers.keep(link);
    let shared = Shared {
        log,
        identity,
        lock,
        synchronous: options.synchronous,
        max_wait,
        info: LogInfo::new(options.log, LogId::from_bytes(*identity.as_bytes())),
        notifier: Notifier::new(options.notifications, opener.clone(), identity),
        notifications: options.notifications,
        opener: opener.clone(),
        writer: Connections::new(opener, 1, max_wait),
        readers,
    };
    // What the log has reached is known from now on.
    read::read(&shared, ReadRequest::default()).await?;
    Ok(PostgresStore::new(shared))
}

pub(super) async fn migrate(options: PostgresOptions) -> Result<(), StoreError> {
    let deadline = deadline(options.max_wait);
    let mut link = connect(&options, deadline).await?;
    let outcome = migrate_schema(&mut link, deadline).await;
    link.close().await;
    outcome
}

async fn connect(options: &PostgresOptions, deadline: Instant) -> Result<Link, StoreError> {
    let mut link = options.opener().open().await?;
    let version = "SELECT pg_catalog.current_setting('server_version_num')::integer";
    let version = one::<i32>(&mut link, deadline, version).await?;
    if version < Some(OLDEST_SERVER) {
        let problem = "its version is older than 13".into();
        return Err(StoreError::Unsuited(problem));
    }
    let encoding = one::<String>(
        &mut link,
        deadline,
        "SELECT pg_catalog.current_setting('server_encoding')",
    )
    .await?;
    if encoding.as_deref() != Some("UTF8") {
        let problem = format!("its encoding is {}, not UTF8", encoding.unwrap_or_default());
        return Err(StoreError::Unsuited(problem));
    }
    Ok(link)
}

/// The log's number, identity and lock. A log that is not there yet gets the next number and a new identity.
async fn log_row(
    link: &mut Link,
    deadline: Instant,
    options: &PostgresOptions,
) -> Result<(i32, Uuid, Lock), StoreError> {
    let find =
        "SELECT number, identity, lock FROM factos.logs WHERE name OPERATOR(pg_catalog.=) $1";
    let mut values = Values::default();
    values.add(options.log.as_str());
    if let Some(found) = find_log(link, deadline, find, values).await? {
        return Ok(found);
    }
    let make = "SELECT number, identity, lock FROM factos.open_log($1, $2, $3)";
    let mut values = Values::default();
    values.add(options.log.as_str());
    values
        .add(Uuid::from_bytes(*LogId::new().as_bytes()))
        .add(name(options.lock));
    let missing = || StoreError::Other(cause("the log was made, but is not there"));
    find_log(link, deadline, make, values)
        .await?
        .ok_or_else(missing)
}

async fn find_log(
    link: &mut Link,
    deadline: Instant,
    statement: &'static str,
    values: Values,
) -> Result<Option<(i32, Uuid, Lock)>, StoreError> {
    let rows = link.call(deadline, statement, values.finish()?).await;
    let rows = rows.map_err(Failure::into_error)?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let corrupt = |error| StoreError::Corrupt(cause(error));
    let lock: String = row.try_get(2).map_err(corrupt)?;
    let lock = match lock.as_str() {
        "advisory" => Lock::Advisory,
        "row" => Lock::Row,
        other => {
            return Err(StoreError::Corrupt(cause(format!(
                "the log's lock is {other:?}"
            ))));
        }
    };
    Ok(Some((
        row.try_get(0).map_err(corrupt)?,
        row.try_get(1).map_err(corrupt)?,
        lock,
    )))
}

/// What the database calls a lock.
pub(super) fn name(lock: Lock) -> &'static str {
    match lock {
        Lock::Advisory => "advisory",
        Lock::Row => "row",
    }
}
