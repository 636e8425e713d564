//! A new version is built beside the one that is live, and takes its place.

use factos::read_model::Phase;
use factos::{PartState, ProjectionError, Runner};

use super::domain::{Tally, counted, is_open, new_gate, open, somebody_waits_at};
use super::place::{Kind, Place, Running, SOON, on_every_model};

const SUM: &str = "SELECT CAST(coalesce(sum(added), 0) AS BIGINT) FROM sums";

async fn a_new_version_takes_the_place_of_the_old_one<K: Kind>(place: Place<K>) {
    let gate = new_gate();
    place.append([counted(1), counted(2)]).await;
    let old = Runner::new(&place.log).project(K::sums(), &place.model);
    let old = Running::start(old.expect("a projection"));
    let sums = place
        .log
        .projection(K::sums(), &place.model)
        .expect("a projection");
    let position = place.append([counted(3)]).await;
    sums.wait_for(position, SOON).await.expect("in time");
    assert_eq!(place.number(SUM).await, 6);

    // While it is built, readers see the old one, which goes on.
    place
        .append([Tally::Gated {
            gate: gate.clone(),
            by: 4,
        }])
        .await;
    somebody_waits_at(&gate).await;
    let (log, model) = (place.log_again().await, K::again(&place).await);
    let new = Runner::new(&log).project(K::second(), &model);
    let new = Running::start(new.expect("a projection"));
    assert_eq!(place.number(SUM).await, 6);

    open(&gate);
    let part = old.until(|part| part.state == PartState::Superseded).await;
    assert!(
        part.last_error
            .expect("an error")
            .contains("version 2 is live")
    );
    new.until(|part| part.state == PartState::Running).await;
    let second = log.projection(K::second(), &model).expect("a projection");
    let position = place.append([counted(5)]).await;
    second.wait_for(position, SOON).await.expect("in time");
    assert_eq!(place.number(SUM).await, 30);
    let versions = second.versions().await.expect("the model answers");
    assert_eq!(versions.len(), 1, "{versions:?}");
    assert_eq!((versions[0].version, versions[0].phase), (2, Phase::Live));
    let gone = K::number(&place.model, "SELECT count(*) FROM sums_v1").await;
    assert!(gone.is_err(), "the old table is dropped: {gone:?}");

    new.stop().await;
    old.stop().await;
    let refused = sums.catch_up().await;
    assert!(
        matches!(refused, Err(ProjectionError::Superseded { by: 2 })),
        "{refused:?}"
    );
}

async fn a_version_of_a_quiet_log_goes_live<K: Kind>(place: Place<K>) {
    let first = place
        .log
        .projection(K::sums(), &place.model)
        .expect("a projection");
    first.catch_up().await.expect("it goes well");
    let second = place
        .log
        .projection(K::second(), &place.model)
        .expect("a projection");
    let done = tokio::time::timeout(SOON, second.catch_up()).await;
    done.expect("in time").expect("it goes well");
    let versions = second.versions().await.expect("the model answers");
    assert_eq!((versions[0].version, versions[0].phase), (2, Phase::Live));
}

/// The version that is live moves on all the time, and faster than the one that is built.
async fn a_version_that_lags_behind_goes_live<K: Kind>(place: Place<K>) {
    place.append([counted(1)]).await;
    let old = Runner::new(&place.log).project(K::sums(), &place.model);
    let old = Running::start(old.expect("a projection"));
    let (log, gate) = (place.log.clone(), new_gate());
    let until = gate.clone();
    let busy = tokio::spawn(async move {
        while !is_open(&until) {
            log.append([counted(1)]).await.expect("an append");
        }
    });
    old.until(|part| part.position.get() > 20).await;
    let (log, model) = (place.log_again().await, K::again(&place).await);
    let new = Runner::new(&log).project(K::second(), &model);
    let new = Running::start(new.expect("a projection"));
    new.until(|part| part.state == PartState::Running).await;
    open(&gate);
    busy.await.expect("no panic");
    let last = place.log.head().await.expect("a read");
    new.until(|part| part.position == last).await;
    new.stop().await;
    old.stop().await;
    assert_eq!(place.number(SUM).await, 2 * place.expected().await);
}

async fn building_goes_on_where_it_was<K: Kind>(place: Place<K>) {
    place.append([counted(1), counted(2)]).await;
    let first = place
        .log
        .projection(K::sums(), &place.model)
        .expect("a projection");
    first.catch_up().await.expect("it goes well");

    let gate = new_gate();
    place
        .append([Tally::Refused {
            gate: gate.clone(),
            by: 3,
        }])
        .await;
    let second = place
        .log
        .projection(K::second(), &place.model)
        .expect("a projection");
    let failed = second.catch_up().await;
    assert!(
        matches!(failed, Err(ProjectionError::Event { .. })),
        "{failed:?}"
    );
    let versions = second.versions().await.expect("the model answers");
    let phases: Vec<_> = versions
        .iter()
        .map(|it| (it.version, it.phase, it.checkpoint.position.get()))
        .collect();
    assert_eq!(phases, [(1, Phase::Live, 2), (2, Phase::Building, 2)]);
    assert_eq!(place.number(SUM).await, 3, "readers see the first one");

    open(&gate);
    second.catch_up().await.expect("it goes on");
    assert_eq!(place.number(SUM).await, 12);
    assert_eq!(
        place.number("SELECT count(*) FROM sums").await,
        3,
        "each event counted once"
    );
}

async fn a_projection_can_be_made_anew<K: Kind>(place: Place<K>) {
    place.append([counted(1), counted(2)]).await;
    let sums = place
        .log
        .projection(K::sums(), &place.model)
        .expect("a projection");
    sums.catch_up().await.expect("it goes well");
    let _ = K::number(&place.model, "DELETE FROM sums_v1").await;
    assert_eq!(place.number(SUM).await, 0, "the rows are damaged");
    sums.reset().await.expect("it is forgotten");
    assert!(sums.versions().await.expect("the model answers").is_empty());
    sums.catch_up().await.expect("it goes well");
    assert_eq!(place.number(SUM).await, 3);

    // Also while a runner has it.
    let runner = Runner::new(&place.log).project(K::sums(), &place.model);
    let running = Running::start(runner.expect("a projection"));
    running
        .until(|part| part.state == PartState::Running && part.lag() == 0)
        .await;
    sums.reset().await.expect("it is forgotten");
    let seen = sums.wait_for(factos::Position::new(2), SOON).await;
    seen.expect("in time");
    assert_eq!(
        place.number(SUM).await,
        3,
        "whoever waits sees the new rows"
    );
    let position = place.append([counted(4)]).await;
    sums.wait_for(position, SOON).await.expect("in time");
    assert_eq!(place.number(SUM).await, 7);
    running.stop().await;
}

on_every_model! {
    a_new_version_takes_the_place_of_the_old_one
    a_version_of_a_quiet_log_goes_live
    a_version_that_lags_behind_goes_live
    building_goes_on_where_it_was
    a_projection_can_be_made_anew
}
