//! Operations that take turns, so that what is compared is measured close together.

use std::fmt::Display;
use std::time::Duration;

use crate::bar::Bar;
use crate::figures::Run;
use crate::measure::Failure;
use crate::report::{Limit, Report, Row};
use crate::target::Target;

/// Something that is measured, written as its row is headed.
pub trait Measured: Copy + PartialEq + Display {
    /// What it is compared with, which is measured in the same turn; nothing for what is a limit itself.
    fn limit(self, target: &Target) -> Option<Self>;

    /// What it must reach; nothing is asked of most.
    fn bar(self, target: &Target) -> Option<Bar>;
}

/// How much is measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Extent {
    /// How long each run of each operation takes.
    pub duration: Duration,
    pub runs: usize,
    /// Only operations that are headed with something with this text in it.
    pub only: Option<String>,
}

/// Measures operations in turn, as often as there are runs, and reports them.
///
/// # Errors
/// The first failure.
pub async fn take_turns<O: Measured>(
    target: &Target,
    setting: &str,
    mut operations: Vec<O>,
    extent: &Extent,
    report: &mut Report,
    measure: impl AsyncFn(O) -> Result<Run, Failure>,
) -> Result<(), Failure> {
    if let Some(only) = &extent.only {
        operations.retain(|operation| operation.to_string().contains(only));
    }
    let mut measured: Vec<(O, Vec<Run>)> = operations
        .into_iter()
        .map(|operation| (operation, Vec::new()))
        .collect();
    for _ in 0..extent.runs {
        for (operation, runs) in &mut measured {
            runs.push(measure(*operation).await?);
            progress(setting, operation, runs);
        }
    }
    for (operation, runs) in &measured {
        let limit = operation.limit(target).and_then(|limit| {
            let (limit, runs) = measured.iter().find(|(other, _)| *other == limit)?;
            Some(Limit::new(limit, runs))
        });
        let bar = operation.bar(target);
        report.add(Row::new(setting, operation, runs.clone(), limit, bar));
    }
    Ok(())
}

#[expect(clippy::print_stderr, reason = "it shows that something is going on")]
fn progress(setting: &str, operation: &impl Display, runs: &[Run]) {
    if let Some(run) = runs.last() {
        let number = runs.len();
        let Run {
            per_second, p99_us, ..
        } = run;
        eprintln!(
            "{setting}, run {number}, {operation}: {per_second:.1} a second, p99 {p99_us} µs"
        );
    }
}
