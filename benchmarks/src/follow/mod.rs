//! The workload of those who follow a log: projections that catch up, and events that are waited for.

mod bars;
mod catch_up;
mod delivery;
mod into_postgres;
mod into_sqlite;
mod kind;
mod operation;
mod projections;
mod rows;
mod site;
mod take_over;

pub use catch_up::rebuild_second;
pub use into_postgres::Postgres;
pub use into_sqlite::Sqlite;
pub use kind::Kind;

use crate::measure::Failure;
use crate::number::Thousands;
use crate::report::Report;
use crate::target::Target;
use crate::turns::{Extent, take_turns};
use operation::Operation;
use site::Site;

/// Measures with a history of so many events, all operations in turn, as often as there are runs.
///
/// # Errors
/// The first failure.
pub async fn measure<K: Kind>(
    target: &Target,
    events: u64,
    extent: &Extent,
    report: &mut Report,
) -> Result<(), Failure> {
    let site = Site::<K>::prepare(target, events, extent.duration).await?;
    let setting = format!("{target}, following {} events", Thousands(events));
    report.version(&setting, target.version().await?);
    let measure = async |operation| site.measure(operation).await;
    let operations = Operation::all(target);
    take_turns(target, &setting, operations, extent, report, measure).await?;
    for (what, bytes) in site.memory() {
        report.memory(&setting, &what, bytes);
    }
    Ok(())
}
