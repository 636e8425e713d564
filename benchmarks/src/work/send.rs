//! Signals: appends that tell when they began.

use std::time::Duration;

use factos::EventLog;

use crate::figures::Run;
use crate::measure::{Failure, Pace, run_at};
use crate::signals::signal;

pub(super) async fn send(
    log: &EventLog,
    pace: Pace,
    clients: usize,
    duration: Duration,
) -> Result<Run, Failure> {
    let log = log.clone();
    let sent = run_at(pace, clients, duration, move |_, _| {
        let log = log.clone();
        async move { once(&log).await }
    });
    sent.await
}

pub(super) async fn once(log: &EventLog) -> Result<(), Failure> {
    log.append(signal()).await?;
    Ok(())
}
