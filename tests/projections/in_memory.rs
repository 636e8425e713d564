//! Rows in this process's memory: any value, for small projections.

use std::collections::HashMap;
use std::convert::Infallible;

use factos::prelude::*;
use factos::testing::given;
use factos::{
    EventLog, MemoryReadModel, OnFailure, PartState, Position, ProjectionOptions, Runner,
};

use crate::domain::Tally::{self, *};
use crate::domain::{Failed, checked, counted, new_gate, open};
use crate::place::{Running, SOON};

type Counts = HashMap<String, u32>;

/// How many there are of each kind.
#[projection(setup = clear)]
async fn counts(event: &Tally, rows: &mut Counts) -> Result<(), Infallible> {
    let kind = match event {
        Counted { .. } => "counted",
        Ignored {} => "ignored",
    };
    *rows.entry(kind.into()).or_default() += 1;
    Ok(())
}

#[expect(clippy::unused_async, reason = "set-ups are, to ask databases")]
async fn clear(rows: &mut Counts, _: &Tables) -> Result<(), Infallible> {
    rows.clear();
    Ok(())
}

/// What they add up to: it counts before it may fail.
#[projection]
async fn sum(event: &Tally, rows: &mut Counts) -> Result<(), Failed> {
    match event {
        Counted { .. } | Refused { .. } | Panicked { .. } => {
            *rows.entry("tried".into()).or_default() += 1;
            let by = checked(event).await?;
            *rows.entry("sum".into()).or_default() += u32::try_from(by).expect("a small number");
            Ok(())
        }
    }
}

async fn log() -> EventLog {
    factos::open("memory:").await.expect("a log")
}

async fn append(log: &EventLog, events: impl factos::IntoEvents) -> Position {
    let stored = log.append(events).await.expect("an append");
    stored.last().expect("an event").position
}

fn rows<const N: usize>(rows: [(&str, u32); N]) -> Counts {
    rows.map(|(kind, count)| (kind.to_owned(), count)).into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_keeps_rows_in_memory() {
    let (log, model) = (log().await, MemoryReadModel::<Counts>::new());
    append(&log, [counted(1), Ignored {}]).await;
    let runner = Runner::new(&log).project(counts(), &model);
    let running = Running::start(runner.expect("a projection"));
    let handle = log.projection(counts(), &model).expect("a projection");
    for by in 2..20 {
        let position = append(&log, [counted(1)]).await;
        handle.wait_for(position, SOON).await.expect("in time");
        assert_eq!(model.rows(), rows([("counted", by), ("ignored", 1)]));
    }
    let parts = running.stop().await;
    assert_eq!(
        (parts[0].state, parts[0].failures, parts[0].lag()),
        (PartState::Ended, 0, 0)
    );

    // Another runner goes on where this one was.
    let runner = Runner::new(&log).project(counts(), &model);
    let running = Running::start(runner.expect("a projection"));
    let position = append(&log, [counted(1)]).await;
    handle.wait_for(position, SOON).await.expect("in time");
    running.stop().await;
    assert_eq!(model.rows(), rows([("counted", 20), ("ignored", 1)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_in_memory_catch_up_and_are_made_anew() {
    let (log, model) = (log().await, MemoryReadModel::<Counts>::new());
    append(&log, (0..50).map(counted).collect::<Vec<_>>()).await;
    let handle = log.projection(counts(), &model).expect("a projection");
    for _ in 0..2 {
        assert_eq!(handle.catch_up().await.expect("it goes well").get(), 50);
        assert_eq!(model.rows(), rows([("counted", 50)]));
    }
    handle.reset().await.expect("it is forgotten");
    handle.catch_up().await.expect("it goes well");
    assert_eq!(model.rows(), rows([("counted", 50)]));
    let versions = handle.versions().await.expect("the model answers");
    assert_eq!((versions.len(), versions[0].is_leased), (1, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_leaves_no_rows_in_memory() {
    let (log, model) = (log().await, MemoryReadModel::<Counts>::new());
    let gate = new_gate();
    append(&log, [counted(1)]).await;
    let (by, refused) = (10, gate.clone());
    let failing = append(&log, [Refused { gate: refused, by }]).await;
    let panicking = gate.clone();
    append(
        &log,
        [Panicked {
            gate: panicking,
            by,
        }],
    )
    .await;
    let last = append(&log, [counted(1)]).await;

    let options = ProjectionOptions::default()
        .attempts(2)
        .expect("options")
        .on_failure(OnFailure::Park);
    let runner = Runner::new(&log).project_with(sum(), &model, options);
    let running = Running::start(runner.expect("a projection"));
    let handle = log.projection(sum(), &model).expect("a projection");
    handle.wait_for(last, SOON).await.expect("in time");
    assert_eq!(model.rows(), rows([("tried", 2), ("sum", 2)]));
    let parked = handle.parked().await.expect("the model answers");
    assert_eq!(parked.len(), 2);
    assert_eq!((parked[0].position, parked[0].attempts), (failing, 2));

    // Applied again, each counts once.
    open(&gate);
    for parked in parked {
        assert!(handle.retry_parked(parked.position).await.expect("it is"));
    }
    let began = std::time::Instant::now();
    while !handle.parked().await.expect("it answers").is_empty() {
        assert!(began.elapsed() < SOON, "they stay parked");
        tokio::task::yield_now().await;
    }
    running.stop().await;
    assert_eq!(model.rows(), rows([("tried", 4), ("sum", 22)]));
}

#[tokio::test]
async fn rows_in_memory_are_tested_as_others_are() {
    let model = MemoryReadModel::<Counts>::new();
    let read = async |rows: &mut Counts| Ok::<_, Infallible>(rows.clone());
    given([counted(1), Ignored {}, counted(2)])
        .when_projected(counts(), &model)
        .await
        .then(read, rows([("counted", 2), ("ignored", 1)]))
        .await;
}
