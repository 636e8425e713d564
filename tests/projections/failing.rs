//! A projection fails: on an event, for a while or for good.

use std::time::Duration;

use factos::{OnFailure, PartState, ProjectionError, ProjectionOptions, Runner};

use super::domain::{Tally, counted, new_gate, open};
use super::place::{Kind, Place, Running, SOON, on_every_model};

fn options() -> ProjectionOptions {
    let options = ProjectionOptions::default().attempts(3);
    let options = options.and_then(|it| it.backoff(Duration::from_millis(10)));
    options.expect("options")
}

fn refused(gate: &str, by: i64) -> Tally {
    let gate = gate.into();
    Tally::Refused { gate, by }
}

async fn it_stops_in_front_of_an_event_that_fails<K: Kind>(place: Place<K>) {
    let gate = new_gate();
    place
        .append([counted(1), refused(&gate, 2), counted(3)])
        .await;
    let runner = Runner::new(&place.log).project_with(K::sums(), &place.model, options());
    let running = Running::start(runner.expect("a projection"));
    let part = running.until(|part| part.state == PartState::Stopped).await;
    // What stands in front of it is kept, though it came in the same batch.
    assert_eq!((part.position.get(), part.lag(), part.failures), (1, 2, 3));
    assert_eq!(place.number("SELECT count(*) FROM sums").await, 1);
    let error = part.last_error.expect("an error");
    assert!(
        error.contains("position 2 could not be applied, 3 time(s)"),
        "{error}"
    );
    assert!(error.contains(&gate), "{error}");
    let health = running.status.health();
    assert!(!health.is_healthy);
    let told = serde_json::to_string(&health).expect("json");
    assert!(
        !told.contains(&gate),
        "what a health endpoint should not tell: {told}"
    );
    running.stop().await;

    let sums = place
        .log
        .projection(K::sums(), &place.model)
        .expect("a projection");
    let failed = sums.catch_up().await;
    assert!(
        matches!(&failed, Err(ProjectionError::Event { position, attempts: 5, .. }) if position.get() == 2),
        "{failed:?}"
    );
    open(&gate);
    sums.catch_up().await.expect("it goes on with that event");
    assert_eq!(place.number("SELECT count(*) FROM sums").await, 3);
}

async fn it_goes_on_when_a_failure_passes<K: Kind>(place: Place<K>) {
    let gate = new_gate();
    let options = options().attempts(1_000).expect("options");
    let position = place
        .append([counted(1), refused(&gate, 2), counted(3)])
        .await;
    let runner = Runner::new(&place.log)
        .project_with(K::sums(), &place.model, options)
        .and_then(|it| it.project_with(K::slices(), &place.model, options));
    let running = Running::start(runner.expect("projections"));
    for part in 0..2 {
        running.until_part(part, |part| part.failures >= 2).await;
    }
    open(&gate);
    for part in 0..2 {
        running
            .until_part(part, |part| part.position == position)
            .await;
    }
    running.stop().await;
    assert_eq!(place.number("SELECT count(*) FROM sums").await, 3);
    assert_eq!(place.number("SELECT count(*) FROM slices").await, 3);
}

async fn an_event_that_fails_is_parked<K: Kind>(place: Place<K>) {
    let gate = new_gate();
    place.append([counted(1), refused(&gate, 2)]).await;
    let position = place
        .append([
            counted(3),
            Tally::Panicked {
                gate: gate.clone(),
                by: 4,
            },
        ])
        .await;
    let options = options().on_failure(OnFailure::Park);
    let runner = Runner::new(&place.log).project_with(K::slices(), &place.model, options);
    let runner = runner.map(|it| it.lease(Duration::from_millis(300)).expect("a time"));
    let running = Running::start(runner.expect("a projection"));
    let part = running.until(|part| part.position == position).await;
    assert_eq!((part.state, part.parked), (PartState::Running, 2));
    assert_eq!(place.number("SELECT count(*) FROM slices").await, 2);

    let slices = place
        .log
        .projection(K::slices(), &place.model)
        .expect("a projection");
    let parked = slices.parked().await.expect("the model answers");
    let positions: Vec<u64> = parked.iter().map(|parked| parked.position.get()).collect();
    assert_eq!(positions, [2, 4]);
    assert_eq!(
        (parked[0].attempts, parked[0].event_type.as_str()),
        (3, "tally.Refused")
    );
    assert!(parked[0].error.contains(&gate), "{}", parked[0].error);
    assert!(parked[1].error.contains("panicked"), "{}", parked[1].error);

    // It fails again, and is parked again.
    assert!(
        slices
            .retry_parked(parked[0].position)
            .await
            .expect("the model answers")
    );
    let again = until(async || {
        let parked = slices.parked().await.expect("the model answers");
        (parked[0].attempts == 4).then(|| parked[0].clone())
    });
    assert!(!again.await.is_to_retry);

    open(&gate);
    assert!(
        slices
            .retry_parked(parked[0].position)
            .await
            .expect("the model answers")
    );
    until(async || {
        let left = slices.parked().await.expect("the model answers");
        (left.len() == 1).then_some(())
    })
    .await;
    assert_eq!(place.number("SELECT count(*) FROM slices").await, 3);

    assert!(
        slices
            .drop_parked(parked[1].position)
            .await
            .expect("the model answers")
    );
    assert!(
        !slices
            .drop_parked(parked[1].position)
            .await
            .expect("the model answers")
    );
    assert!(
        !slices
            .retry_parked(parked[1].position)
            .await
            .expect("the model answers")
    );
    running.stop().await;
    assert_eq!(place.number("SELECT count(*) FROM slices").await, 3);
}

/// Asks until there is an answer.
async fn until<T>(ask: impl AsyncFn() -> Option<T>) -> T {
    let began = std::time::Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(began.elapsed() < SOON, "in time");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn an_event_that_cannot_be_decoded_is_parked<K: Kind>(place: Place<K>) {
    place.append([counted(1)]).await;
    place
        .append([crate::support::event("tally.Counted", &[])])
        .await;
    let position = place.append([counted(3)]).await;
    let runner = Runner::new(&place.log)
        .project_with(
            K::sums(),
            &place.model,
            options().on_failure(OnFailure::Park),
        )
        .and_then(|it| it.project_with(K::slices(), &place.model, options()));
    let running = Running::start(runner.expect("projections"));
    running
        .until_part(0, |part| part.position == position)
        .await;
    let stopped = running
        .until_part(1, |part| part.state == PartState::Stopped)
        .await;
    assert_eq!((stopped.position.get(), stopped.failures), (1, 1));
    let sums = place
        .log
        .projection(K::sums(), &place.model)
        .expect("a projection");
    let parked = sums.parked().await.expect("the model answers");
    assert_eq!(parked.len(), 1);
    assert_eq!((parked[0].position.get(), parked[0].attempts), (2, 1));
    running.stop().await;
}

/// A runner is not needed for it.
async fn a_parked_event_is_retried_by_hand<K: Kind>(place: Place<K>) {
    let gate = new_gate();
    place.append([refused(&gate, 2)]).await;
    let sums = place
        .log
        .projection(K::sums(), &place.model)
        .expect("a projection");
    let sums = sums.with_options(options().on_failure(OnFailure::Park));
    let position = sums.catch_up().await.expect("it is parked");
    open(&gate);
    assert!(
        sums.retry_parked(position)
            .await
            .expect("the model answers")
    );
    sums.catch_up().await.expect("it goes well");
    assert!(sums.parked().await.expect("the model answers").is_empty());
    assert_eq!(place.number("SELECT count(*) FROM sums").await, 1);
}

/// What was done of it is kept, and nobody has to wait for the lease.
async fn catching_up_can_be_dropped_and_called_again<K: Kind>(place: Place<K>) {
    let gate = new_gate();
    place.append([counted(1)]).await;
    place
        .append([Tally::Gated {
            gate: gate.clone(),
            by: 2,
        }])
        .await;
    let sums = place
        .log
        .projection(K::sums(), &place.model)
        .expect("a projection");
    let sums = sums.with_options(ProjectionOptions::default().batch(1).expect("a size"));
    let dropped = tokio::time::timeout(Duration::from_millis(300), sums.catch_up()).await;
    assert!(dropped.is_err(), "{dropped:?}");
    assert_eq!(place.number("SELECT count(*) FROM sums").await, 1);
    open(&gate);
    sums.catch_up().await.expect("it goes on at once");
    assert_eq!(place.number("SELECT count(*) FROM sums").await, 2);
}

async fn a_name_is_run_once<K: Kind>(place: Place<K>) {
    let runner = Runner::new(&place.log).project(K::sums(), &place.model);
    let twice = runner.and_then(|runner| runner.project(K::sums(), &place.model));
    assert!(
        matches!(
            &twice,
            Err(ProjectionError::Twice {
                name: "sums",
                version: 1
            })
        ),
        "{twice:?}"
    );
    let lease = Runner::new(&place.log).lease(Duration::from_millis(99));
    assert!(lease.is_err());
}

async fn a_transaction_that_takes_too_long_has_failed<K: Kind>(place: Place<K>) {
    let gate = new_gate();
    place
        .append([
            counted(1),
            Tally::Gated {
                gate: gate.clone(),
                by: 2,
            },
        ])
        .await;
    let options = options()
        .timeout(Duration::from_millis(30))
        .expect("a time");
    let runner = Runner::new(&place.log).project_with(K::sums(), &place.model, options);
    let running = Running::start(runner.expect("a projection"));
    let part = running.until(|part| part.state == PartState::Stopped).await;
    assert_eq!(part.position.get(), 1);
    let error = part.last_error.expect("an error");
    assert!(error.contains("took longer than"), "{error}");
    running.stop().await;
    open(&gate);
    let sums = place
        .log
        .projection(K::sums(), &place.model)
        .expect("a projection");
    sums.catch_up().await.expect("it goes on");
    assert_eq!(place.number("SELECT count(*) FROM sums").await, 2);
}

async fn tables_that_cannot_be_made_are_told<K: Kind>(place: Place<K>) {
    let unmakeable = place
        .log
        .projection(K::unmakeable(), &place.model)
        .expect("a projection");
    let failed = unmakeable.catch_up().await;
    assert!(
        matches!(failed, Err(ProjectionError::SetUp(_))),
        "{failed:?}"
    );
    let runner = Runner::new(&place.log).project(K::unmakeable(), &place.model);
    let running = Running::start(runner.expect("a projection"));
    let part = running.until(|part| part.failures >= 2).await;
    assert_eq!(part.state, PartState::Retrying);
    assert!(!running.status.health().is_healthy);
    running.stop().await;
}

on_every_model! {
    it_stops_in_front_of_an_event_that_fails
    it_goes_on_when_a_failure_passes
    an_event_that_fails_is_parked
    an_event_that_cannot_be_decoded_is_parked
    a_transaction_that_takes_too_long_has_failed
    a_parked_event_is_retried_by_hand
    catching_up_can_be_dropped_and_called_again
    a_name_is_run_once
    tables_that_cannot_be_made_are_told
}

/// An error of the database that its handler keeps to itself.
mod kept_quiet {
    use factos::prelude::*;
    use factos::sqlite::SqliteReadModel;
    use factos::{OnFailure, ProjectionError};
    use sqlx::SqliteConnection;

    use super::super::domain::Tally::{self, *};
    use super::{counted, options};

    /// The second row ends the whole transaction, as a full disk does.
    #[projection(setup = make)]
    async fn quiet(event: &Recorded<Tally>, db: &mut SqliteConnection) -> sqlx::Result<()> {
        match &event.data {
            Counted { by } => {
                let insert = sqlx::query("INSERT OR ROLLBACK INTO quiet_v1 VALUES ($1)").bind(by);
                let _ = insert.execute(db).await;
            }
        }
        Ok(())
    }

    async fn make(db: &mut SqliteConnection, _tables: &Tables) -> sqlx::Result<()> {
        let make = sqlx::query("CREATE TABLE quiet_v1 (added BIGINT PRIMARY KEY)");
        make.execute(db).await?;
        Ok(())
    }

    #[tokio::test]
    async fn it_loses_no_row() {
        let directory = tempfile::tempdir().expect("a directory");
        let url = format!("sqlite:{}", directory.path().join("rows.db").display());
        let model = SqliteReadModel::open(&url).await.expect("it opens");
        let log = factos::open("memory:").await.expect("a log");
        log.append([counted(1), counted(2), counted(2), counted(3)])
            .await
            .expect("an append");
        let projection = || {
            log.projection(quiet(), &model)
                .expect("a projection")
                .with_options(options())
        };
        let failed = projection().catch_up().await;
        assert!(
            matches!(&failed, Err(ProjectionError::Event { position, attempts: 3, .. }) if position.get() == 3),
            "{failed:?}"
        );
        let parking = projection().with_options(options().on_failure(OnFailure::Park));
        parking.catch_up().await.expect("the event is parked");
        let rows: Vec<i64> = sqlx::query_scalar("SELECT added FROM quiet ORDER BY added")
            .fetch_all(model.pool())
            .await
            .expect("a query");
        assert_eq!(rows, [1, 2, 3]);
    }
}
