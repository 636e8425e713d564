//! Projections: read models that follow the log.

mod apply;
mod batch;
mod error;
mod event;
mod handle;
mod keep;
mod options;
mod part;
mod work;

use std::error::Error;
use std::future::Future;

pub(crate) use apply::panic_message;
pub use error::ProjectionError;
pub(crate) use error::{in_full, undecodable};
pub(crate) use event::{decode_guarded, failed_on, parked_event};
pub use handle::{CatchUp, ProjectionHandle};
pub(crate) use keep::LeaseKeeper;
pub use options::{OnFailure, ProjectionOptions};
pub(crate) use options::{at_least_one, longer_than_zero, pause};
pub(crate) use part::ProjectionPart;

use crate::error::LimitError;
use crate::event::{Event, Recorded};
use crate::query::Query;

/// Why a projection could not set up its tables or apply an event: whatever error its functions return.
pub type ProjectionFailure = Box<dyn Error + Send + Sync>;

/// Rows that are kept from events, in a database that is reached by connections of type `C`.
///
/// Made by `#[projection]` on a function. Rows and checkpoint are committed in one transaction, so that every event counts
/// exactly once.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a projection into this read model",
    label = "not a projection into a read model with `{C}`",
    note = "write `#[projection]` on the function, and let it take the read model's kind of connection: \
            `&mut SqliteConnection` or `&mut PgConnection`"
)]
pub trait Projection<C>: Send + Sync + 'static {
    /// The events that it is about.
    type Event: Event;

    /// Its name: unique among those that share a read model, and the same in each version.
    const NAME: &'static str;
    /// Its version: a higher one is built beside the one that is live, and then takes its place.
    const VERSION: u32;
    /// The names of its tables, as its readers know them.
    const TABLES: &'static [&'static str];
    /// Whether it takes all events of a transaction at once, rather than one after the other.
    const TAKES_SLICES: bool;

    /// The events that it reads.
    ///
    /// # Errors
    /// When an event's name or tag is beyond the limits.
    fn query(&self) -> Result<Query, LimitError>;

    /// Makes its tables. Called once a version, in the transaction in which the version is first known.
    ///
    /// # Errors
    /// What the database said.
    fn set_up<'a>(
        &'a self,
        db: &'a mut C,
        tables: &'a Tables,
    ) -> impl Future<Output = Result<(), ProjectionFailure>> + Send + 'a;

    /// Changes its rows because of these events, which are matched by its query and come in the order of the log: one,
    /// unless it [takes slices](Self::TAKES_SLICES).
    ///
    /// # Errors
    /// What the database said, or the function itself. Nothing of the transaction is kept then.
    fn apply<'a>(
        &'a self,
        events: &'a [Recorded<Self::Event>],
        db: &'a mut C,
        tables: &'a Tables,
    ) -> impl Future<Output = Result<(), ProjectionFailure>> + Send + 'a;
}

/// What the tables of one version of a projection are called.
///
/// Version 2 of the table `courses` is `courses_v2`, so that it can be built while version 1 is read. Readers use `courses`,
/// a view of the version that is live.
///
/// ```
/// use factos_core::Tables;
///
/// let tables = Tables::new(2, &["courses"]);
/// assert_eq!(tables.name("courses"), "courses_v2");
/// assert_eq!(tables.sql("DELETE FROM {courses} WHERE id = $1"), "DELETE FROM courses_v2 WHERE id = $1");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tables {
    version: u32,
    names: Vec<String>,
}

impl Tables {
    /// The tables of a version, by the names that readers know.
    pub fn new(version: u32, names: &[&str]) -> Self {
        Self {
            version,
            names: names.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    /// What this version of a table is called.
    pub fn name(&self, table: &str) -> String {
        versioned(table, self.version)
    }

    /// The statement with `{courses}` replaced by what this version of the table `courses` is called, and so for each
    /// table of the projection. Other braces stay as they are.
    ///
    /// With sqlx it is run as `sqlx::query(AssertSqlSafe(tables.sql(".."))`: nothing but these names is put into it.
    pub fn sql(&self, statement: &str) -> String {
        let mut sql = statement.to_owned();
        for name in &self.names {
            sql = sql.replace(&format!("{{{name}}}"), &self.name(name));
        }
        sql
    }

    /// The names that readers know, each with what this version is called.
    pub fn iter(&self) -> impl Iterator<Item = (&str, String)> {
        let names = self.names.iter();
        names.map(|name| (name.as_str(), self.name(name)))
    }
}

/// What a version of a table is called.
fn versioned(table: &str, version: u32) -> String {
    format!("{table}_v{version}")
}
