//! Projections, run by this process.

use factos::EventLog;

use crate::figures::Run;
use crate::follow::{Kind, Postgres, Sqlite, rebuild_second};
use crate::measure::Failure;
use crate::moment::Moment;
use crate::target::Target;
use crate::worker::told_to_stop;

pub(super) async fn signals(log: &EventLog, into: &Target) -> Result<Run, Failure> {
    match into {
        Target::Sqlite { .. } => signals_into::<Sqlite>(log, into).await,
        Target::Postgres { .. } => signals_into::<Postgres>(log, into).await,
    }
}

async fn signals_into<K: Kind>(log: &EventLog, into: &Target) -> Result<Run, Failure> {
    let begun = Moment::now();
    let model = K::open(into).await?;
    let runner = factos::Runner::new(log).project(K::signals(), &model)?;
    // Whoever is gone needs no projection any more.
    let shutdown = async { drop(told_to_stop().await) };
    runner.run(shutdown).await;
    Run::once(begun.elapsed())
}

pub(super) async fn rebuild(log: &EventLog, into: &Target, events: u64) -> Result<Run, Failure> {
    match into {
        Target::Sqlite { .. } => rebuild_second::<Sqlite>(log, into, events).await,
        Target::Postgres { .. } => rebuild_second::<Postgres>(log, into, events).await,
    }
}
