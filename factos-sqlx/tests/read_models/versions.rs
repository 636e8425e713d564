//! Versions: one is live, the next is built beside it, takes over, and the old one goes.

use factos_core::read_model::{
    Claim, GoLive, Lease, Phase, ReadModel, ReadModelTransaction, Renewal,
};
use factos_core::store::StoreError;
use factos_core::{Position, Tables};
use uuid::Uuid;

use crate::support::*;

on_each!(
    the_first_version_is_live_at_once,
    a_version_is_built_beside_the_live_one_and_takes_over,
    one_of_two_first_versions_is_live,
    a_version_below_the_live_one_is_lost,
    a_version_goes_live_once,
    a_version_is_forgotten,
    a_retired_version_goes_on_when_the_next_one_is_forgotten;
    with_sql: tables_of_retired_versions_are_dropped,
    what_has_a_views_name_stays,
    views_of_the_version_before_go,
    a_set_up_without_its_table_is_told,
    tables_have_plain_names,
    a_version_that_was_not_set_up_drops_nothing,
);

const NAME: &str = "course_list";
const COURSES: &str = "SELECT coalesce(max(id), 0) FROM courses";

async fn go_live<M: ReadModel>(model: &M, lease: &Lease) -> Result<GoLive, StoreError> {
    let mut transaction = model.begin(PATIENCE).await?;
    let outcome = transaction.go_live(lease, &tables(lease.version)).await?;
    transaction.commit().await?;
    Ok(outcome)
}

async fn run<D: Sql>(model: &D::Model, statement: &str) -> TestResult {
    let mut transaction = model.begin(PATIENCE).await?;
    D::run(transaction.connection(), statement).await?;
    Ok(transaction.commit().await?)
}

async fn the_first_version_is_live_at_once<D: Database>(database: D) -> TestResult {
    let model = database.open().await?;
    let (first, _, phase) = lease(&model, 3).await?;
    assert_eq!(phase, Phase::New);
    assert_eq!(set_up::<D>(&model, &first).await?, Some(Phase::Live));
    assert!(apply::<D>(&model, &first, 1).await?);
    assert_eq!(D::courses(&model).await?, [1]);

    model.release(&first).await?;
    let (_, checkpoint, phase) = lease(&model, 3).await?;
    assert_eq!((checkpoint.position.get(), phase), (1, Phase::Live));
    Ok(())
}

async fn a_version_is_built_beside_the_live_one_and_takes_over<D: Database>(
    database: D,
) -> TestResult {
    let (old, new) = (database.open().await?, database.open().await?);
    let first = ready::<D>(&old, 1).await?;
    assert!(apply::<D>(&old, &first, 1).await?);
    assert!(apply::<D>(&old, &first, 2).await?);

    let (second, ..) = lease(&new, 2).await?;
    assert_eq!(set_up::<D>(&new, &second).await?, Some(Phase::Building));
    assert_eq!(D::courses(&new).await?, [1, 2], "readers see the old one");
    assert!(apply::<D>(&new, &second, 1).await?);
    let behind = GoLive::Behind(Position::new(2));
    assert_eq!(go_live(&new, &second).await?, behind);
    for position in 2..4 {
        assert!(apply::<D>(&new, &second, position).await?);
    }
    assert_eq!(go_live(&new, &second).await?, GoLive::Live);
    assert_eq!(
        D::courses(&old).await?,
        [1, 2, 3],
        "readers see the new one"
    );

    // The old one is over, also for those who run it.
    assert_eq!(version(&old, 1).await?.phase, Phase::Retired);
    assert!(!apply::<D>(&old, &first, 3).await?);
    assert_eq!(old.renew(&first).await?, Renewal::Lost);
    let superseded = Claim::Superseded { by: 2 };
    assert_eq!(claim(&old, 1, LONG).await?, superseded);
    new.drop_retired(NAME).await?;
    let versions = new.versions(NAME).await?;
    assert_eq!(versions.len(), 1);
    assert_eq!((versions[0].version, versions[0].phase), (2, Phase::Live));
    new.drop_retired(NAME).await?;
    assert!(apply::<D>(&new, &second, 4).await?);
    Ok(())
}

async fn tables_of_retired_versions_are_dropped<D: Sql>(database: D) -> TestResult {
    let model = database.open().await?;
    ready::<D>(&model, 1).await?;
    let second = ready::<D>(&model, 2).await?;
    assert_eq!(go_live(&model, &second).await?, GoLive::Live);
    let old = "SELECT count(*) FROM courses_v1";
    assert_eq!(D::number(&model, old).await?, 0);
    model.drop_retired(NAME).await?;
    let left = D::number(&model, old).await;
    assert!(left.is_err(), "its table is there: {left:?}");
    assert!(D::courses(&model).await?.is_empty());
    Ok(())
}

async fn one_of_two_first_versions_is_live<D: Database>(database: D) -> TestResult {
    let model = database.open().await?;
    let (first, ..) = lease(&model, 1).await?;
    let (second, ..) = lease(&model, 2).await?;
    let (one, two) = tokio::join!(set_up::<D>(&model, &first), set_up::<D>(&model, &second));
    // Whichever came first.
    match (one?, two?) {
        (Some(Phase::Live), Some(Phase::Building)) => {
            assert_eq!(go_live(&model, &second).await?, GoLive::Live);
        }
        (None, Some(Phase::Live)) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(version(&model, 2).await?.phase, Phase::Live);
    assert_eq!(go_live(&model, &first).await?, GoLive::Lost);
    Ok(())
}

async fn a_version_below_the_live_one_is_lost<D: Database>(database: D) -> TestResult {
    let model = database.open().await?;
    let (first, ..) = lease(&model, 1).await?;
    let second = ready::<D>(&model, 2).await?;
    // It was claimed while nothing was live yet.
    let mut transaction = model.begin(PATIENCE).await?;
    D::make_table(transaction.connection(), &tables(1)).await?;
    assert_eq!(transaction.set_up(&first, &tables(1)).await?, None);
    assert_eq!(transaction.go_live(&first, &tables(1)).await?, GoLive::Lost);
    transaction.roll_back().await?;
    assert!(apply::<D>(&model, &second, 1).await?);
    assert_eq!(D::courses(&model).await?, [1]);
    Ok(())
}

async fn a_version_goes_live_once<D: Database>(database: D) -> TestResult {
    let model = database.open().await?;
    ready::<D>(&model, 1).await?;
    let second = ready::<D>(&model, 2).await?;
    assert_eq!(go_live(&model, &second).await?, GoLive::Live);
    assert_eq!(go_live(&model, &second).await?, GoLive::Live);
    model.release(&second).await?;
    assert_eq!(go_live(&model, &second).await?, GoLive::Lost);
    Ok(())
}

async fn what_has_a_views_name_stays<D: Sql>(database: D) -> TestResult {
    let model = database.open().await?;
    let (first, ..) = lease(&model, 1).await?;
    for (theirs, drop) in [
        ("CREATE TABLE courses (id bigint)", "DROP TABLE courses"),
        (
            "CREATE VIEW courses AS SELECT CAST(5 AS bigint) AS id",
            "DROP VIEW courses",
        ),
    ] {
        run::<D>(&model, theirs).await?;
        let mut transaction = model.begin(PATIENCE).await?;
        D::run(
            transaction.connection(),
            "CREATE TABLE courses_v1 (id bigint)",
        )
        .await?;
        let refused = transaction.set_up(&first, &tables(1)).await;
        assert!(
            matches!(&refused, Err(StoreError::NameTaken { name }) if name == "courses"),
            "{refused:?}"
        );
        transaction.roll_back().await?;
        D::number(&model, COURSES).await?;
        run::<D>(&model, drop).await?;
    }
    assert_eq!(set_up::<D>(&model, &first).await?, Some(Phase::Live));

    // In between somebody has put something else there.
    let second = ready::<D>(&model, 2).await?;
    run::<D>(&model, "DROP VIEW courses").await?;
    run::<D>(&model, "CREATE TABLE courses (id bigint)").await?;
    let refused = go_live(&model, &second).await;
    assert!(
        matches!(refused, Err(StoreError::NameTaken { .. })),
        "{refused:?}"
    );
    assert_eq!(version(&model, 1).await?.phase, Phase::Live);
    model.forget(NAME, 1).await?;
    assert_eq!(D::number(&model, COURSES).await?, 0, "it is not its own");
    Ok(())
}

async fn views_of_the_version_before_go<D: Sql>(database: D) -> TestResult {
    let model = database.open().await?;
    ready::<D>(&model, 1).await?;
    let mut next = consumer(2);
    next.tables = vec!["lectures".into(), "order".into()];
    let claim = model.claim(&next, Uuid::now_v7(), LONG).await?;
    let Claim::Held { lease, .. } = claim else {
        panic!("{claim:?}");
    };
    let tables = Tables::new(2, &["lectures", "order"]);
    let mut transaction = model.begin(PATIENCE).await?;
    let make = tables.sql("CREATE TABLE {lectures} (id bigint); CREATE TABLE {order} (id bigint)");
    D::run(transaction.connection(), &make).await?;
    transaction.set_up(&lease, &tables).await?;
    assert_eq!(transaction.go_live(&lease, &tables).await?, GoLive::Live);
    transaction.commit().await?;
    D::number(&model, "SELECT count(*) FROM lectures").await?;
    D::number(&model, "SELECT count(*) FROM \"order\"").await?;
    assert!(D::number(&model, COURSES).await.is_err());
    Ok(())
}

async fn a_set_up_without_its_table_is_told<D: Sql>(database: D) -> TestResult {
    let model = database.open().await?;
    let (lease, ..) = lease(&model, 1).await?;
    let mut transaction = model.begin(PATIENCE).await?;
    let refused = transaction.set_up(&lease, &tables(1)).await;
    assert!(
        matches!(&refused, Err(StoreError::MissingTable { name }) if name == "courses_v1"),
        "{refused:?}"
    );
    Ok(())
}

async fn tables_have_plain_names<D: Sql>(database: D) -> TestResult {
    let model = database.open().await?;
    for name in ["Courses", "a b", "x\"; DROP TABLE courses; --", "", "1st"] {
        let mut consumer = consumer(1);
        consumer.tables = vec![name.into()];
        let refused = model.claim(&consumer, Uuid::now_v7(), LONG).await;
        assert!(
            matches!(refused, Err(StoreError::InvalidTable { .. })),
            "{refused:?}"
        );
    }
    assert_eq!(model.versions(NAME).await?, []);
    Ok(())
}

async fn a_version_is_forgotten<D: Database>(database: D) -> TestResult {
    let model = database.open().await?;
    let first = ready::<D>(&model, 1).await?;
    assert!(apply::<D>(&model, &first, 1).await?);
    model.forget(NAME, 1).await?;
    model.forget(NAME, 1).await?;
    assert_eq!(model.versions(NAME).await?, []);
    assert!(D::courses(&model).await.is_err());
    assert_eq!(model.renew(&first).await?, Renewal::Lost);

    let (again, checkpoint, phase) = lease(&model, 1).await?;
    assert_eq!((checkpoint, phase), (start(), Phase::New));
    assert!(again.token > first.token);
    assert_eq!(set_up::<D>(&model, &again).await?, Some(Phase::Live));
    assert!(D::courses(&model).await?.is_empty());
    assert!(!apply::<D>(&model, &first, 1).await?);
    Ok(())
}

async fn a_version_that_was_not_set_up_drops_nothing<D: Sql>(database: D) -> TestResult {
    let model = database.open().await?;
    run::<D>(&model, "CREATE TABLE courses_v1 (id bigint)").await?;
    lease(&model, 1).await?;
    model.forget(NAME, 1).await?;
    lease(&model, 1).await?;
    let second = ready::<D>(&model, 2).await?;
    assert_eq!(go_live(&model, &second).await?, GoLive::Live);
    model.drop_retired(NAME).await?;
    D::number(&model, "SELECT count(*) FROM courses_v1").await?;
    Ok(())
}

async fn a_retired_version_goes_on_when_the_next_one_is_forgotten<D: Database>(
    database: D,
) -> TestResult {
    let model = database.open().await?;
    let first = ready::<D>(&model, 1).await?;
    assert!(apply::<D>(&model, &first, 1).await?);
    let second = ready::<D>(&model, 2).await?;
    assert!(apply::<D>(&model, &second, 1).await?);
    assert_eq!(go_live(&model, &second).await?, GoLive::Live);
    model.forget(NAME, 2).await?;
    let (first, checkpoint, phase) = lease(&model, 1).await?;
    assert_eq!((checkpoint.position.get(), phase), (1, Phase::Building));
    assert!(apply::<D>(&model, &first, 2).await?);
    assert_eq!(go_live(&model, &first).await?, GoLive::Live);
    assert_eq!(D::courses(&model).await?, [1, 2]);
    Ok(())
}
