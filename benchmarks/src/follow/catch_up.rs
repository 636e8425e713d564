//! Projections that catch up with a log.

use std::sync::{Arc, OnceLock};

use factos::read_model::ReadModel;
use factos::{EventLog, Projection};

use super::kind::Kind;
use super::rows::Row;
use crate::courses::course;
use crate::figures::Run;
use crate::measure::Failure;
use crate::moment::Moment;
use crate::target::Target;

/// Rows that a transaction takes, as projections do it by default.
const BATCH: usize = 1_000;

/// Brings a projection up to date from the start. The time to make its tables does not count.
pub(super) async fn catch_up<M: ReadModel, P: Projection<M::Connection>>(
    log: &EventLog,
    projection: P,
    model: &M,
    events: u64,
) -> Result<Run, Failure> {
    let handle = log.projection(projection, model)?;
    handle.reset().await?;
    let begun = Arc::new(OnceLock::new());
    let begins = begun.clone();
    // It tells of its start first, when its tables are made.
    let told = move |_| {
        begins.get_or_init(Moment::now);
    };
    handle.catch_up_with(told).await?;
    let begun = begun.get().ok_or("it told nothing")?;
    Ok(Run::once(begun.elapsed())?.in_parts(events))
}

/// Builds the second version beside the first until it is live, with all that belongs to it.
///
/// # Errors
/// The first failure.
pub async fn rebuild_second<K: Kind>(
    log: &EventLog,
    into: &Target,
    events: u64,
) -> Result<Run, Failure> {
    let model = K::open(into).await?;
    let begun = Moment::now();
    let handle = log.projection(K::seats_anew(), &model)?;
    handle.catch_up().await?;
    let run = Run::once(begun.elapsed())?;
    all_there::<K>(&model, "SELECT count(*) FROM seats", events).await?;
    Ok(run.in_parts(events))
}

/// Inserts as many rows without factos.
pub(super) async fn insert_raw<K: Kind>(model: &K::Model, events: u64) -> Result<Run, Failure> {
    K::make_bare(model).await?;
    let texts: Vec<(i64, String, String)> = (0..events)
        .map(|n| (n.cast_signed(), course(n % 1_000), format!("old-{n}")))
        .collect();
    let begun = Moment::now();
    for batch in texts.chunks(BATCH) {
        let rows: Vec<Row<'_>> = batch
            .iter()
            .map(|text| (text.0, &*text.1, &*text.2))
            .collect();
        K::insert(model, &rows).await?;
    }
    Ok(Run::once(begun.elapsed())?.in_parts(events))
}

/// Makes sure that a projection has not been fast by doing nothing.
pub(super) async fn all_there<K: Kind>(
    model: &K::Model,
    query: &'static str,
    events: u64,
) -> Result<(), Failure> {
    let number = K::number(model, query).await?;
    if number == events.cast_signed() {
        return Ok(());
    }
    Err(format!("{query} answers {number} instead of {events}").into())
}
