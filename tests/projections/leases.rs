//! One process at a time runs a projection.

use std::time::Duration;

use factos::{PartState, ProjectionError, Runner};

use super::domain::counted;
use super::place::{Kind, Place, Running, SOON, on_every_model};

async fn two_processes_take_turns<K: Kind>(place: Place<K>) {
    let start = async || {
        let (log, model) = (place.log_again().await, K::again(&place).await);
        let runner = Runner::new(&log)
            .lease(Duration::from_secs(1))
            .expect("a time");
        Running::start(runner.project(K::sums(), &model).expect("a projection"))
    };
    let first = start().await;
    first.until(|part| part.state == PartState::Running).await;
    let second = start().await;
    second.until(|part| part.state == PartState::Waiting).await;
    let sums = place
        .log
        .projection(K::sums(), &place.model)
        .expect("a projection");
    let refused = sums.catch_up().await;
    assert!(
        matches!(refused, Err(ProjectionError::RunsElsewhere)),
        "{refused:?}"
    );

    // One that ends gives way; one that dies does when its lease has run out.
    first.stop().await;
    second.until(|part| part.state == PartState::Running).await;
    let third = start().await;
    third.until(|part| part.state == PartState::Waiting).await;
    // Whoever waits knows how far behind the projection is.
    let seen = place.append([counted(0)]).await;
    third.until(|part| part.head == seen).await;
    third
        .until(|part| part.position == seen && part.lag() == 0)
        .await;
    second.kill().await;
    let position = place.append([counted(1)]).await;
    third
        .until(|part| part.position == position && part.state == PartState::Running)
        .await;
    sums.wait_for(position, SOON).await.expect("in time");
    assert_eq!(place.number("SELECT count(*) FROM sums").await, 2);
    third.stop().await;
}

on_every_model! {
    two_processes_take_turns
}
