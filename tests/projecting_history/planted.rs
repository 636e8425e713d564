//! The checker finds planted bugs: each history is made by a read model that breaks one promise.

use factos::postgres::PostgresReadModel;
use factos::sqlite::SqliteReadModel;

use crate::checker::{Rule, check};
use crate::database::Database;
use crate::disturbed::environment::Environment;
use crate::disturbed::history::History;
use crate::disturbed::postgres::PostgresServer;
use crate::files::SqliteFiles;
use crate::run::{Plan, project_in_processes};
use crate::staged::Bug;

/// Kills runners with a bug, and wants a rule broken.
async fn is_found<D: Database>(
    history: &History,
    environment: &mut impl Environment,
    bug: Bug,
    rule: Rule,
) {
    let plan = Plan {
        kills: 25,
        bug: Some(bug),
    };
    project_in_processes(history, environment, plan).await;
    let found = check::<D>(environment.url()).await;
    assert!(
        found.breaks(&[rule]),
        "seed {}: {bug:?} is not found: {found}",
        history.seed
    );
}

async fn is_found_on_sqlite(bug: Bug, rule: Rule) {
    let history = History::begin();
    let mut files = SqliteFiles::within(history.directory());
    is_found::<SqliteReadModel>(&history, &mut files, bug, rule).await;
}

async fn is_found_on_postgres(bug: Bug, rule: Rule) {
    let mut server = PostgresServer::start().await;
    is_found::<PostgresReadModel>(&History::begin(), &mut server, bug, rule).await;
}

/// Events are missed.
#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_in_front_of_its_rows_on_sqlite() {
    is_found_on_sqlite(Bug::CheckpointFirst, Rule::Missed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_in_front_of_its_rows_on_postgres() {
    is_found_on_postgres(Bug::CheckpointFirst, Rule::Missed).await;
}

/// Events are counted again.
#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_behind_its_rows_on_sqlite() {
    is_found_on_sqlite(Bug::RowsFirst, Rule::Twice).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_behind_its_rows_on_postgres() {
    is_found_on_postgres(Bug::RowsFirst, Rule::Twice).await;
}
