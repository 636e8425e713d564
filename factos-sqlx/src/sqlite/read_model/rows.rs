//! Versions as the file holds them.

use factos_core::read_model::{Lease, Phase};
use factos_core::{Checkpoint, EventId, LogId, Position, Tables};
use sqlx::SqliteConnection;

use crate::read_model::{Failure, corrupt, number, phase, tables_of};

/// The microsecond that it is by SQLite's clock.
macro_rules! now {
    () => {
        "CAST(unixepoch('subsec') * 1000000 AS INTEGER)"
    };
}
pub(super) use now;

/// A version that is neither retired nor forgotten.
pub(super) struct Version {
    pub(super) number: u32,
    pub(super) phase: Phase,
    pub(super) tables: Tables,
    pub(super) checkpoint: Checkpoint,
}

/// What is selected for a [`Version`].
type Columns = (i64, String, String, Vec<u8>, i64, Option<Vec<u8>>);

impl Version {
    fn new((version, phase_name, tables, log, position, event): Columns) -> Result<Self, Failure> {
        let version = number(version)?;
        Ok(Self {
            number: version,
            phase: phase(&phase_name)?,
            tables: tables_of(version, &names(&tables))?,
            checkpoint: checkpoint(&log, position, event.as_deref())?,
        })
    }
}

/// The version of a lease, unless it is lost.
pub(super) async fn held(
    connection: &mut SqliteConnection,
    lease: &Lease,
) -> Result<Option<Version>, Failure> {
    let row: Option<Columns> = sqlx::query_as(
        "SELECT version, phase, tables, log, position, event FROM factos_projections \
         WHERE name = ?1 AND version = ?2 AND token = ?3 AND phase IN ('new', 'building', 'live')",
    )
    .bind(&lease.name)
    .bind(lease.version)
    .bind(lease.token)
    .fetch_optional(connection)
    .await?;
    row.map(Version::new).transpose()
}

/// The version that is live.
pub(super) async fn live(
    connection: &mut SqliteConnection,
    name: &str,
) -> Result<Option<Version>, Failure> {
    let row: Option<Columns> = sqlx::query_as(
        "SELECT version, phase, tables, log, position, event FROM factos_projections \
         WHERE name = ?1 AND phase = 'live'",
    )
    .bind(name)
    .fetch_optional(connection)
    .await?;
    row.map(Version::new).transpose()
}

/// A checkpoint from its columns.
pub(super) fn checkpoint(
    log: &[u8],
    position: i64,
    event: Option<&[u8]>,
) -> Result<Checkpoint, Failure> {
    let event = event.map(id).transpose()?.map(EventId::from_bytes);
    let position = Position::new(number(position)?);
    Ok(Checkpoint::start(LogId::from_bytes(id(log)?)).at(position, event))
}

/// An id's bytes.
pub(super) fn id(bytes: &[u8]) -> Result<[u8; 16], Failure> {
    let wrong = |_| corrupt(format!("an id has {} bytes", bytes.len()));
    bytes.try_into().map_err(wrong)
}

/// The names in a column `tables`.
pub(super) fn names(column: &str) -> Vec<String> {
    let names = column.split(',').filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

/// What stands in a column `tables`.
pub(super) fn column<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    names.into_iter().collect::<Vec<_>>().join(",")
}
