//! The workload of decisions: the same on every database.

mod bars;
mod operation;
mod scale;
mod site;

use std::time::Duration;

pub use operation::{Clients, Operation};
pub use scale::Scale;

use crate::figures::Run;
use crate::measure::Failure;
use crate::report::{Limit, Report, Row};
use crate::target::Target;
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
    let mut measured: Vec<(Operation, Vec<Run>)> = scale
        .operations()
        .into_iter()
        .map(|operation| (operation, Vec::new()))
        .collect();
    for _ in 0..runs {
        for (operation, runs) in &mut measured {
            runs.push(site.measure(*operation).await?);
            progress(&setting, operation, runs);
        }
    }
    for (operation, runs) in &measured {
        let limit = operation.limit(target).and_then(|limit| {
            let (limit, runs) = measured.iter().find(|(other, _)| *other == limit)?;
            Some(Limit::new(limit, runs))
        });
        let bar = operation.bar(target);
        report.add(Row::new(&setting, operation, runs.clone(), limit, bar));
    }
    for (what, bytes) in site.memory().await? {
        report.memory(&setting, &what, bytes);
    }
    Ok(())
}

#[expect(clippy::print_stderr, reason = "it shows that something is going on")]
fn progress(setting: &str, operation: &Operation, runs: &[Run]) {
    if let Some(run) = runs.last() {
        let number = runs.len();
        let Run { per_second, .. } = run;
        eprintln!("{setting}, run {number}, {operation}: {per_second:.1} a second");
    }
}
