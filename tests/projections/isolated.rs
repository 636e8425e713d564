//! A projection in trouble delays neither commands nor other projections.

use factos::{PartState, ProjectionOptions, Runner};

use super::domain::{Tally, counted, new_gate, open, somebody_waits_at};
use super::place::{Kind, Place, Running, SOON, on_every_model};

async fn a_slow_one_delays_nobody<K: Kind>(place: Place<K>) {
    let gate = new_gate();
    let others = K::another_model(&place).await;
    let runner = Runner::new(&place.log).project(K::sums(), &place.model);
    let slow = Running::start(runner.expect("a projection"));
    place
        .append([Tally::Gated {
            gate: gate.clone(),
            by: 1,
        }])
        .await;
    somebody_waits_at(&gate).await;

    let runner = Runner::new(&place.log).project(K::plain(), &others);
    let other = Running::start(runner.expect("a projection"));
    let mut last = place.append([counted(1)]).await;
    for by in 0..20 {
        last = place.append([counted(by)]).await;
    }
    let after = place
        .log
        .subscribe(factos::Query::all())
        .from(factos::Position::new(last.get() - 1));
    let mut after = after.stored();
    let told = tokio::time::timeout(SOON, futures_util::TryStreamExt::try_next(&mut after)).await;
    assert!(matches!(told, Ok(Ok(Some(event))) if event.position == last));
    let part = slow.until(|part| part.lag() >= 21).await;
    assert_eq!(part.state, PartState::Running);
    other.until(|part| part.position == last).await;
    assert_eq!(
        K::number(&others, "SELECT count(*) FROM plain")
            .await
            .expect("a query"),
        Some(21)
    );

    open(&gate);
    slow.until(|part| part.position == last).await;
    slow.stop().await;
    other.stop().await;
}

async fn a_panicking_one_and_a_stopped_one_leave_the_others<K: Kind>(place: Place<K>) {
    let gate = new_gate();
    let others = K::another_model(&place).await;
    let options = ProjectionOptions::default().attempts(1).expect("options");
    let runner = Runner::new(&place.log)
        .project_with(K::sums(), &place.model, options)
        .and_then(|it| it.project(K::unmakeable(), &place.model));
    let running = Running::start(runner.expect("projections"));
    place
        .append([Tally::Panicked {
            gate: gate.clone(),
            by: 1,
        }])
        .await;
    running
        .until_part(0, |part| part.state == PartState::Stopped)
        .await;
    running
        .until_part(1, |part| part.state == PartState::Retrying)
        .await;

    open(&gate);
    let runner = Runner::new(&place.log).project(K::slices(), &others);
    let well = Running::start(runner.expect("a projection"));
    let last = place.append([counted(2)]).await;
    let part = well.until(|part| part.position == last).await;
    assert_eq!(part.failures, 0);
    well.stop().await;
    running.stop().await;
    assert_eq!(
        K::number(&others, "SELECT count(*) FROM slices")
            .await
            .expect("a query"),
        Some(2)
    );
}

on_every_model! {
    a_slow_one_delays_nobody
    a_panicking_one_and_a_stopped_one_leave_the_others
}
