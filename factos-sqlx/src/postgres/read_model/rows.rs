//! Versions as the database holds them.

use factos_core::read_model::{Lease, Phase};
use factos_core::{Checkpoint, EventId, LogId, Position, Tables};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::read_model::{Failure, number, phase, tables_of};

/// A version that is not forgotten.
pub(super) struct Version {
    pub(super) number: u32,
    pub(super) token: i64,
    pub(super) phase: Phase,
    pub(super) tables: Tables,
    /// Where its tables are, once they are made.
    pub(super) schema: Option<String>,
    pub(super) checkpoint: Checkpoint,
}

type Columns = (
    i64,
    i64,
    String,
    Vec<String>,
    Option<String>,
    Uuid,
    i64,
    Option<Uuid>,
);

impl Version {
    fn new(columns: Columns) -> Result<Self, Failure> {
        let (version, token, name, tables, schema, log, position, event) = columns;
        let version = number(version)?;
        Ok(Self {
            number: version,
            token,
            phase: phase(&name)?,
            tables: tables_of(version, &tables)?,
            schema,
            checkpoint: checkpoint(log, position, event)?,
        })
    }

    fn is_of(&self, lease: &Lease) -> bool {
        self.number == lease.version && self.token == lease.token && self.phase != Phase::Retired
    }
}

macro_rules! versions {
    ($more:literal) => {
        concat!(
            "SELECT version, token, phase, tables, schema, log, position, event FROM factos_projections.versions \
             WHERE name = $1 AND phase <> 'forgotten' ORDER BY version",
            $more
        )
    };
}

/// All versions of a name, as they are now.
pub(super) async fn all(
    connection: &mut PgConnection,
    name: &str,
) -> Result<Vec<Version>, Failure> {
    ask(connection, versions!(""), name).await
}

/// The same, locked: what becomes of one depends on the others.
pub(super) async fn lock_all(
    connection: &mut PgConnection,
    name: &str,
) -> Result<Vec<Version>, Failure> {
    ask(connection, versions!(" FOR UPDATE"), name).await
}

async fn ask(
    connection: &mut PgConnection,
    question: &'static str,
    name: &str,
) -> Result<Vec<Version>, Failure> {
    let query = sqlx::query_as(question).bind(name).persistent(false);
    let rows: Vec<Columns> = query.fetch_all(connection).await?;
    rows.into_iter().map(Version::new).collect()
}

/// The version of a lease, unless it is lost.
pub(super) fn held<'v>(versions: &'v [Version], lease: &Lease) -> Option<&'v Version> {
    versions.iter().find(|version| version.is_of(lease))
}

/// The version that is live.
pub(super) fn live(versions: &[Version]) -> Option<&Version> {
    versions.iter().find(|version| version.phase == Phase::Live)
}

/// A checkpoint from its columns.
pub(super) fn checkpoint(
    log: Uuid,
    position: i64,
    event: Option<Uuid>,
) -> Result<Checkpoint, Failure> {
    let position = Position::new(number(position)?);
    Ok(Checkpoint::start(LogId::from(log)).at(position, event.map(EventId::from)))
}
