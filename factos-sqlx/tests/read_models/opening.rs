//! A read model is opened by many at once, and not where a later version was.

use factos_core::read_model::{ReadModel, ReadModelTransaction};
use factos_core::store::StoreError;
use futures_util::future::join_all;

use crate::support::*;

on_each!(
    many_open_it_at_once;
    with_sql: tables_of_a_later_version_are_refused,
);

async fn many_open_it_at_once<D: Database>(database: D) -> TestResult {
    let models = join_all((0..8).map(|_| database.open())).await;
    for (model, number) in models.into_iter().zip(1..) {
        lease(&model?, number).await?;
    }
    let model = database.open().await?;
    assert_eq!(model.versions("course_list").await?.len(), 8);
    Ok(())
}

async fn tables_of_a_later_version_are_refused<D: Sql>(database: D) -> TestResult {
    let model = database.open().await?;
    let mut transaction = model.begin(PATIENCE).await?;
    D::run(transaction.connection(), D::FROM_THE_FUTURE).await?;
    transaction.commit().await?;
    let refused = database.open().await.map(drop);
    assert!(
        matches!(
            refused,
            Err(StoreError::NewerSchema {
                found: 99,
                supported: 2
            })
        ),
        "{refused:?}"
    );
    Ok(())
}
