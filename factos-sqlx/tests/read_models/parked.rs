//! Events that could not be applied are kept until they are applied, or dropped.

use factos_core::read_model::{Lease, Parked, ReadModel, ReadModelTransaction, Renewal};
use factos_core::{EventId, EventType, Position, Timestamp};

use crate::support::*;

on_each!(
    what_is_parked_is_told,
    a_parked_event_is_applied_again_when_asked_for,
    a_parked_event_is_dropped,
    a_lost_lease_parks_nothing,
);

const NAME: &str = "course_list";

fn failed(position: u64) -> Parked {
    Parked {
        position: Position::new(position),
        event: EventId::new(),
        event_type: EventType::new("CourseDefined").expect("a short name"),
        error: "no such \"course\"\nat all: é".into(),
        attempts: 3,
        at: Timestamp::from_micros(1_700_000_000_123_456),
        is_to_retry: false,
    }
}

async fn park<M: ReadModel>(model: &M, lease: &Lease, parked: &Parked) -> TestResult {
    let mut transaction = model.begin(PATIENCE).await?;
    transaction.park(lease, parked).await?;
    transaction.commit().await?;
    Ok(())
}

async fn unpark<M: ReadModel>(
    model: &M,
    lease: &Lease,
    position: u64,
) -> Result<bool, Box<dyn std::error::Error>> {
    let mut transaction = model.begin(PATIENCE).await?;
    let is_there = transaction.unpark(lease, Position::new(position)).await?;
    transaction.commit().await?;
    Ok(is_there)
}

async fn what_is_parked_is_told<D: Database>(database: D) -> TestResult {
    let model = database.open().await?;
    let (lease, ..) = lease(&model, 1).await?;
    let (later, sooner) = (failed(9), failed(2));
    park(&model, &lease, &later).await?;
    park(&model, &lease, &sooner).await?;
    assert_eq!(
        model.parked(NAME, 1).await?,
        [sooner.clone(), later.clone()]
    );
    assert_eq!(version(&model, 1).await?.parked, 2);
    assert_eq!(model.parked(NAME, 2).await?, []);

    let mut again = sooner.clone();
    (again.attempts, again.error) = (4, "a byte that some do not have: \0".into());
    park(&model, &lease, &again).await?;
    let listed = model.parked(NAME, 1).await?;
    assert_eq!((listed.len(), listed[0].attempts), (2, 4));
    assert!(listed[0].error.starts_with("a byte that some do not have"));
    Ok(())
}

async fn a_parked_event_is_applied_again_when_asked_for<D: Database>(database: D) -> TestResult {
    let (model, outside) = (database.open().await?, database.open().await?);
    let (lease, ..) = lease(&model, 1).await?;
    park(&model, &lease, &failed(2)).await?;
    let position = version(&model, 1).await?.checkpoint.position;
    let renewed = |retries| Renewal::Held { position, retries };
    assert_eq!(model.renew(&lease).await?, renewed(false));
    assert!(!outside.retry(NAME, 1, Position::new(3)).await?);
    assert!(outside.retry(NAME, 1, Position::new(2)).await?);
    assert_eq!(model.renew(&lease).await?, renewed(true));
    assert!(model.parked(NAME, 1).await?[0].is_to_retry);

    // It fails once more, and then it does not.
    park(&model, &lease, &failed(2)).await?;
    assert_eq!(model.renew(&lease).await?, renewed(false));
    assert!(outside.retry(NAME, 1, Position::new(2)).await?);
    assert!(unpark(&model, &lease, 2).await?);
    assert!(!unpark(&model, &lease, 2).await?);
    assert_eq!(model.parked(NAME, 1).await?, []);
    assert_eq!(model.renew(&lease).await?, renewed(false));
    Ok(())
}

async fn a_parked_event_is_dropped<D: Database>(database: D) -> TestResult {
    let model = database.open().await?;
    let (lease, ..) = lease(&model, 1).await?;
    park(&model, &lease, &failed(2)).await?;
    assert!(!model.drop_parked(NAME, 2, Position::new(2)).await?);
    assert!(model.drop_parked(NAME, 1, Position::new(2)).await?);
    assert!(!model.drop_parked(NAME, 1, Position::new(2)).await?);
    assert!(!unpark(&model, &lease, 2).await?, "it was settled");
    Ok(())
}

async fn a_lost_lease_parks_nothing<D: Database>(database: D) -> TestResult {
    let model = database.open().await?;
    let (first, ..) = lease(&model, 1).await?;
    park(&model, &first, &failed(2)).await?;
    model.release(&first).await?;
    let (second, ..) = lease(&model, 1).await?;
    park(&model, &first, &failed(3)).await?;
    assert!(!unpark(&model, &first, 2).await?);
    let positions: Vec<u64> = model
        .parked(NAME, 1)
        .await?
        .iter()
        .map(|one| one.position.get())
        .collect();
    assert_eq!(positions, [2]);
    assert!(unpark(&model, &second, 2).await?);
    Ok(())
}
