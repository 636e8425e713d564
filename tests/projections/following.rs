//! A projection follows its log.

use factos::{PartState, Position, ProjectionError, ProjectionOptions, Runner};

use super::domain::{Tally, counted};
use super::place::{Kind, Place, Running, SOON, on_every_model};

async fn rows_follow_the_log<K: Kind>(place: Place<K>) {
    place
        .append([counted(1), Tally::Ignored {}, counted(2)])
        .await;
    let runner = Runner::new(&place.log).project(K::sums(), &place.model);
    let runner = runner.and_then(|it| it.project(K::slices(), &place.model));
    let running = Running::start(runner.expect("two projections"));
    let sums = place
        .log
        .projection(K::sums(), &place.model)
        .expect("a projection");
    let slices = place
        .log
        .projection(K::slices(), &place.model)
        .expect("a projection");
    for by in 3..40 {
        let position = place.append([counted(by)]).await;
        if by % 10 == 9 {
            sums.wait_for(position, SOON).await.expect("in time");
            slices.wait_for(position, SOON).await.expect("in time");
            let expected = place.expected().await;
            assert_eq!(
                place
                    .number("SELECT CAST(sum(added) AS BIGINT) FROM sums")
                    .await,
                expected
            );
            assert_eq!(
                place
                    .number("SELECT CAST(sum(added) AS BIGINT) FROM slices")
                    .await,
                expected
            );
        }
    }
    let parts = running.stop().await;
    for part in parts {
        assert_eq!(part.state, PartState::Ended, "{part:?}");
        assert_eq!((part.failures, part.lag()), (0, 0), "{part:?}");
    }
    assert_eq!(place.number("SELECT count(*) FROM sums").await, 39);
}

async fn it_goes_on_where_it_was<K: Kind>(place: Place<K>) {
    for round in 1..=3 {
        let position = place.append([counted(round), counted(round)]).await;
        let runner = Runner::new(&place.log).project(K::sums(), &place.model);
        let running = Running::start(runner.expect("a projection"));
        let sums = place
            .log
            .projection(K::sums(), &place.model)
            .expect("a projection");
        sums.wait_for(position, SOON).await.expect("in time");
        running.stop().await;
        assert_eq!(place.number("SELECT count(*) FROM sums").await, 2 * round);
    }
}

async fn catching_up_needs_no_runner<K: Kind>(place: Place<K>) {
    let sums = place
        .log
        .projection(K::sums(), &place.model)
        .expect("a projection");
    assert_eq!(sums.catch_up().await.expect("an empty log").get(), 0);
    assert_eq!(
        place.number("SELECT count(*) FROM sums").await,
        0,
        "its table is made"
    );
    let events: Vec<Tally> = (0..500).map(counted).collect();
    for events in events.chunks(100) {
        place.append(events.to_vec()).await;
    }
    let told = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let tell = told.clone();
    let head = sums
        .catch_up_with(move |at| tell.lock().expect("no panic").push(at))
        .await;
    assert_eq!(head.expect("it goes well").get(), 500);
    let told = told.lock().expect("no panic").clone();
    assert!(told.is_sorted_by_key(|at| at.position));
    assert_eq!(
        told.last().map(|at| (at.position.get(), at.head.get())),
        Some((500, 500))
    );
    assert_eq!(place.number("SELECT count(*) FROM sums").await, 500);
}

async fn what_is_of_no_interest_moves_the_checkpoint<K: Kind>(place: Place<K>) {
    place.append([counted(1)]).await;
    let sums = place
        .log
        .projection(K::sums(), &place.model)
        .expect("a projection");
    sums.catch_up().await.expect("it goes well");
    let position = place.append([Tally::Ignored {}, Tally::Ignored {}]).await;
    sums.catch_up().await.expect("it goes well");
    let versions = sums.versions().await.expect("the model answers");
    assert_eq!(versions.len(), 1);
    assert_eq!(versions[0].checkpoint.position, position);
    assert_eq!(versions[0].checkpoint.log, place.log.info().identity());
    assert!(!versions[0].is_leased, "the lease was given back");
}

async fn another_process_waits_for_it_too<K: Kind>(place: Place<K>) {
    let runner = Runner::new(&place.log).project(K::sums(), &place.model);
    let running = Running::start(runner.expect("a projection"));
    let (log, model) = (place.log_again().await, K::again(&place).await);
    let elsewhere = log.projection(K::sums(), &model).expect("a projection");
    for by in 0..5 {
        let position = place.append([counted(by)]).await;
        elsewhere.wait_for(position, SOON).await.expect("in time");
        assert_eq!(place.number("SELECT count(*) FROM sums").await, by + 1);
    }
    let late = elsewhere
        .wait_for(Position::new(99), std::time::Duration::from_millis(20))
        .await;
    assert!(
        matches!(late, Err(ProjectionError::Timeout { wanted, reached }) if (wanted.get(), reached.get()) == (99, 5)),
        "{late:?}"
    );
    running.stop().await;
}

async fn batches_are_as_large_as_they_may_be<K: Kind>(place: Place<K>) {
    place.append((0..50).map(counted).collect::<Vec<_>>()).await;
    let options = ProjectionOptions::default().batch(7).expect("a size");
    let runner = Runner::new(&place.log).project_with(K::slices(), &place.model, options);
    let running = Running::start(runner.expect("a projection"));
    running.until(|part| part.position.get() == 50).await;
    running.stop().await;
    assert_eq!(place.number("SELECT count(*) FROM slices").await, 50);
}

async fn health_tells_how_it_is_doing<K: Kind>(place: Place<K>) {
    place.append([counted(1)]).await;
    let runner = Runner::new(&place.log).project(K::sums(), &place.model);
    let running = Running::start(runner.expect("a projection"));
    let part = running.until(|part| part.position.get() == 1).await;
    assert_eq!(
        (part.name, part.version, part.state),
        ("sums", 1, PartState::Running)
    );
    assert!(part.behind.is_zero());
    let health = running.status.health();
    assert!(health.is_healthy);
    let json = serde_json::to_value(&health).expect("json");
    assert_eq!(json["parts"][0]["state"], "running");
    assert_eq!(json["parts"][0]["lag"], 0);
    let ended = running.stop().await;
    assert_eq!(ended[0].state, PartState::Ended);
}

async fn a_runner_that_is_dropped_gives_way<K: Kind>(place: Place<K>) {
    let first = Runner::new(&place.log).project(K::sums(), &place.model);
    let first = Running::start(first.expect("a projection"));
    first.until(|part| part.state == PartState::Running).await;
    first.kill().await;
    let position = place.append([counted(1)]).await;
    let second = Runner::new(&place.log).project(K::sums(), &place.model);
    let second = Running::start(second.expect("a projection"));
    let sums = place
        .log
        .projection(K::sums(), &place.model)
        .expect("a projection");
    sums.wait_for(position, SOON).await.expect("in time");
    second.stop().await;
}

on_every_model! {
    rows_follow_the_log
    it_goes_on_where_it_was
    catching_up_needs_no_runner
    what_is_of_no_interest_moves_the_checkpoint
    another_process_waits_for_it_too
    batches_are_as_large_as_they_may_be
    health_tells_how_it_is_doing
    a_runner_that_is_dropped_gives_way
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_memory_is_projected_too() {
    let place = <super::place::Sqlite as Kind>::new().await;
    let log = factos::open("memory:").await.expect("a log");
    log.append([counted(3)]).await.expect("an append");
    let sums = log
        .projection(super::place::Sqlite::sums(), &place.model)
        .expect("a projection");
    sums.catch_up().await.expect("it goes well");
    assert_eq!(place.number("SELECT added FROM sums").await, 3);

    // A checkpoint of another log is not followed.
    let other = factos::open("memory:").await.expect("a log");
    let sums = other
        .projection(super::place::Sqlite::sums(), &place.model)
        .expect("a projection");
    let refused = sums.catch_up().await;
    assert!(
        matches!(refused, Err(ProjectionError::AnotherLog(_))),
        "{refused:?}"
    );
    sums.reset().await.expect("it is forgotten");
    sums.catch_up().await.expect("it goes well");
    assert_eq!(place.number("SELECT count(*) FROM sums").await, 0);
}
