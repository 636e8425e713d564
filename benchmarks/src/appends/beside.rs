//! Small appends beside large ones.

use std::time::Duration;

use factos::EventLog;

use super::{ONE, THOUSAND};
use crate::figures::Run;
use crate::measure::Failure;

/// Appends of one event by 16 clients, while another one appends a thousand events at a time.
///
/// # Errors
/// The first failure.
pub async fn append_beside_thousands(log: &EventLog, duration: Duration) -> Result<Run, Failure> {
    let large = THOUSAND.run(log, 1, duration);
    let small = ONE.run(log, 16, duration);
    let (large, small) = tokio::join!(large, small);
    large?;
    small
}
