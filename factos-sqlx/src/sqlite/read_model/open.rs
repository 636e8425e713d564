//! Opens a read model: the file, its journal, its tables.

use std::path::{Path, PathBuf};

use factos_core::store::StoreError;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteJournalMode, SqlitePoolOptions};

use super::migrate::migrate;
use super::model::{MAX_WAIT, SqliteReadModel};
use crate::cause;
use crate::options::Synchronous;
use crate::sqlite::open::{Journal, connect};
use crate::sqlite::options::SqliteOptions;

pub(super) async fn open(url: &str) -> Result<SqliteReadModel, StoreError> {
    with_options(SqliteOptions::from_url(url)?).await
}

pub(super) async fn beside(log_url: &str, name: &str) -> Result<SqliteReadModel, StoreError> {
    let log = SqliteOptions::from_url(log_url)?;
    if log.in_memory {
        return in_memory().await;
    }
    let path = path_beside(log.connect.get_filename(), name)?;
    with_options(SqliteOptions::from_path(path)).await
}

pub(super) async fn in_memory() -> Result<SqliteReadModel, StoreError> {
    with_options(SqliteOptions::from_url("sqlite::memory:")?).await
}

pub(super) async fn from_pool(pool: SqlitePool) -> Result<SqliteReadModel, StoreError> {
    let model = SqliteReadModel::new(pool);
    let migrated = migrate(&model).await;
    migrated.map_err(|failure| model.told(failure))?;
    Ok(model)
}

async fn with_options(options: SqliteOptions) -> Result<SqliteReadModel, StoreError> {
    let options = options.synchronous(Synchronous::Normal).max_wait(MAX_WAIT);
    let mut connect_options = options.opener().options;
    // A connection's thread answers for itself whether it lives.
    let mut pool = SqlitePoolOptions::new()
        .test_before_acquire(false)
        .acquire_timeout(MAX_WAIT);
    if options.in_memory {
        // Its one connection is all there is of it.
        pool = pool
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None);
    } else {
        let (link, journal) = connect(&options).await?;
        link.close().await;
        if journal == Journal::Wal {
            connect_options = connect_options.journal_mode(SqliteJournalMode::Wal);
        }
    }
    from_pool(pool.connect_lazy_with(connect_options)).await
}

/// `data/courses.db` and `course_list` make `data/courses.course_list.db`.
fn path_beside(log: &Path, name: &str) -> Result<PathBuf, StoreError> {
    if name.is_empty() || name.contains(['/', '\\', '\0']) {
        let refused = format!("{name:?} cannot be part of a file's name");
        return Err(StoreError::InvalidUrl(cause(refused)));
    }
    let mut file = log.file_stem().unwrap_or_default().to_owned();
    file.push(".");
    file.push(name);
    if let Some(extension) = log.extension() {
        file.push(".");
        file.push(extension);
    }
    Ok(log.with_file_name(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_beside_the_log_has_both_names() -> Result<(), StoreError> {
        for (log, beside) in [
            ("data/courses.db", "data/courses.course_list.db"),
            ("courses", "courses.course_list"),
            ("/a.b/log.sqlite", "/a.b/log.course_list.sqlite"),
        ] {
            let path = path_beside(Path::new(log), "course_list")?;
            assert_eq!(path, Path::new(beside));
        }
        for name in ["", "../x", "a\\b"] {
            assert!(path_beside(Path::new("a.db"), name).is_err());
        }
        Ok(())
    }
}
