//! A history in the making: its seed, and the directory of its records.

use std::path::PathBuf;

use super::violations::Violations;

/// What clients do, and where they write it down.
pub struct History {
    pub seed: u64,
    directory: tempfile::TempDir,
}

impl History {
    /// With the seed that `FACTOS_HISTORY_SEED` says, or a new one.
    pub fn begin() -> Self {
        let said = std::env::var("FACTOS_HISTORY_SEED");
        let seed = said.map_or_else(
            |_| fastrand::u64(..),
            |seed| seed.parse().expect("a number"),
        );
        Self {
            seed,
            directory: tempfile::tempdir().expect("a directory"),
        }
    }

    /// Where the records are, and the log if it is a file.
    pub fn directory(&self) -> &tempfile::TempDir {
        &self.directory
    }

    /// The files of records; those of a process behind the ones of those whose work it takes up.
    pub fn records(&self) -> Vec<PathBuf> {
        let files = std::fs::read_dir(self.directory.path()).expect("the directory is there");
        let mut files: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
        files.retain(|file| file.extension().is_some_and(|end| end == "records"));
        files.sort_unstable();
        files
    }

    /// Fails when a rule is broken; then the records are kept.
    pub fn expect_sound<R: std::fmt::Debug>(self, found: &Violations<R>) {
        if found.count > 0 {
            let kept = self.directory.keep();
            let kept = kept.display();
            panic!("seed {}, records in {kept}: {found}", self.seed);
        }
    }
}
