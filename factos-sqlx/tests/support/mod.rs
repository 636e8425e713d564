//! What the tests of the SQLite store share: a store in a fresh directory, and short ways to write requests.
#![allow(dead_code, unreachable_pub, unused_imports)]

mod requests;

use std::error::Error;

use factos_sqlx::SqliteStore;
use sqlx::Connection;
use tempfile::TempDir;

pub use requests::*;

/// A store in a directory that goes away with it.
pub struct Fresh {
    pub store: SqliteStore,
    pub url: String,
    pub directory: TempDir,
}

pub async fn fresh() -> Result<Fresh, Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let url = format!("sqlite:{}", directory.path().join("log.db").display());
    Ok(Fresh {
        store: SqliteStore::open(&url).await?,
        url,
        directory,
    })
}

/// Runs statements on the file behind the store's back.
pub async fn behind_its_back(url: &str, statements: &'static str) -> TestResult {
    let mut connection = sqlx::SqliteConnection::connect(url).await?;
    sqlx::raw_sql(statements).execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}
