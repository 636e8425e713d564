//! The workload of decisions: the same on every database.

mod bars;
mod operation;
mod scale;
mod site;

use std::time::Duration;

pub use operation::{Clients, Operation};
pub use scale::Scale;

use crate::measure::Failure;
use crate::report::Report;
use crate::target::Target;
use crate::turns::take_turns;
use site::Site;

/// Measures all operations in turn, as often as there are runs.
///
/// # Errors
/// The first failure.
pub async fn measure(
    target: &Target,
    scale: &Scale,
    runs: usize,
    duration: Duration,
    report: &mut Report,
) -> Result<(), Failure> {
    let site = Site::prepare(target, scale, duration).await?;
    let setting = target.to_string();
    report.version(&setting, target.version().await?);
    report.size(&setting, scale.history, site.size());
    let measure = async |operation| site.measure(operation).await;
    take_turns(target, &setting, scale.operations(), runs, report, measure).await?;
    for (what, bytes) in site.memory().await? {
        report.memory(&setting, &what, bytes);
    }
    Ok(())
}
