//! The workload of decisions: the same on every database.

mod bars;
mod operation;
mod scale;
mod site;

pub use operation::{Clients, Operation};
pub use scale::Scale;

use crate::measure::Failure;
use crate::report::Report;
use crate::target::Target;
use crate::turns::{Extent, take_turns};
use site::Site;

/// Measures all operations in turn, as often as there are runs.
///
/// # Errors
/// The first failure.
pub async fn measure(
    target: &Target,
    scale: &Scale,
    extent: &Extent,
    report: &mut Report,
) -> Result<(), Failure> {
    let site = Site::prepare(target, scale, extent.duration).await?;
    let setting = target.to_string();
    report.version(&setting, target.version().await?);
    report.size(&setting, scale.history, site.size());
    let measure = async |operation| site.measure(operation).await;
    take_turns(
        target,
        &setting,
        scale.operations(),
        extent,
        report,
        measure,
    )
    .await?;
    for (what, bytes) in site.memory().await? {
        report.memory(&setting, &what, bytes);
    }
    Ok(())
}
