//! The two files of a log and its read model.

use std::path::PathBuf;

use fastrand::Rng;

use crate::disturbed::environment::{Environment, SqliteFile};

/// What the read model's file is called beside the log's.
pub const READ_MODEL: &str = "counts";

/// A log's file and the one of a read model beside it, one of which is disturbed at a time.
pub struct SqliteFiles {
    log: SqliteFile,
    model: SqliteFile,
    model_path: PathBuf,
}

impl SqliteFiles {
    /// New files in a directory.
    pub fn within(directory: &tempfile::TempDir) -> Self {
        let model = directory.path().join(format!("log.{READ_MODEL}.db"));
        Self {
            log: SqliteFile::within(directory),
            model: SqliteFile::of(format!("sqlite:{}", model.display())),
            model_path: model,
        }
    }

    pub fn log(&self) -> &str {
        self.log.url()
    }
}

impl Environment for SqliteFiles {
    fn url(&self) -> &str {
        self.log()
    }

    async fn disturb(&mut self, rng: &mut Rng) {
        // The runners make it.
        if rng.bool() || !self.model_path.exists() {
            self.log.disturb(rng).await;
        } else {
            self.model.disturb(rng).await;
        }
    }

    async fn rest(&mut self) {}

    async fn examine(&mut self) -> Result<(), String> {
        self.log.examine().await?;
        self.model.examine().await
    }
}
