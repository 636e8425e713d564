//! Notices what other processes append to the file.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use factos_core::Position;
use factos_core::store::ReadRequest;
use tokio::time::{Instant, sleep};

use super::read;
use super::store::Shared;

/// How often the file is looked at, which takes two calls of the operating system and no lock.
const LOOK: Duration = Duration::from_millis(10);

/// Two changes within this time may carry the same time of the file system's.
const TICK: Duration = Duration::from_millis(50);

/// What a commit writes can be seen before the disk has it, and only then the commit itself. A disk may take so long.
const SLOW_DISK: Duration = Duration::from_secs(1);

/// How often the head is read even if nothing seems to have changed: not every file system tells the truth in time.
const READ: Duration = Duration::from_millis(250);

/// Reads the head whenever the file has changed.
///
/// The files are not opened here: a process that closes a file loses all of SQLite's locks on it.
pub(super) async fn follow(store: &Shared) {
    let Some(files) = &store.files else {
        // Nobody else appends to a database in memory.
        return std::future::pending().await;
    };
    let mut last = Change::none(store);
    let mut was_read = Instant::now();
    loop {
        let now = files.look();
        let is_new = last.look != Some(now);
        if is_new {
            last.look = Some(now);
            last.shows = false;
        }
        let age = if last.shows { TICK } else { SLOW_DISK };
        let reads = is_new || now.is_younger_than(age) || was_read.elapsed() >= READ;
        // A failure is met by whoever reads next; here a later look tries again.
        if reads && read::read(store, ReadRequest::default()).await.is_ok() {
            last.shows |= store.info.head() != last.head;
            last.head = store.info.head();
            was_read = Instant::now();
        }
        sleep(LOOK).await;
    }
}

/// The last change of the files, and what came of it.
struct Change {
    look: Option<Look>,
    /// Where the log ended when it was read last.
    head: Position,
    /// Whether the head has moved since the files changed: then the commit is done.
    shows: bool,
}

impl Change {
    fn none(store: &Shared) -> Self {
        Self {
            look: None,
            head: store.info.head(),
            shows: false,
        }
    }
}

/// The files that a commit changes: the database, and its log of pages.
#[derive(Debug)]
pub(super) struct Files {
    database: PathBuf,
    pages: PathBuf,
}

impl Files {
    /// Those of a database that is there. They stay the same when the process changes its directory.
    pub(super) fn of(database: &Path) -> Self {
        let database = fs::canonicalize(database).unwrap_or_else(|_| database.to_owned());
        let mut pages = database.clone().into_os_string();
        pages.push("-wal");
        Self {
            pages: pages.into(),
            database,
        }
    }

    fn look(&self) -> Look {
        let look = |path| fs::metadata(path).ok().map(|found| Stamp::of(&found));
        Look([look(&self.database), look(&self.pages)])
    }
}

/// What the files were like at one moment; nothing for one that was not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Look([Option<Stamp>; 2]);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    size: u64,
    changed: Option<SystemTime>,
    file: u64,
}

impl Stamp {
    fn of(found: &Metadata) -> Self {
        Self {
            size: found.len(),
            changed: found.modified().ok(),
            file: number_of(found),
        }
    }
}

impl Look {
    /// Whether the files were changed within this time.
    fn is_younger_than(self, most: Duration) -> bool {
        let mut changes = self.0.iter().flatten().filter_map(|stamp| stamp.changed);
        changes.any(|changed| changed.elapsed().is_ok_and(|age| age < most))
    }
}

/// Which file it is.
#[cfg(unix)]
fn number_of(found: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(found)
}

/// Which file it is, is not told here.
#[cfg(not(unix))]
fn number_of(_: &Metadata) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_shows_or_is_fresh() -> std::io::Result<()> {
        let directory = tempfile::tempdir()?;
        let database = directory.path().join("log.db");
        fs::write(&database, "1")?;
        let files = Files::of(&database);
        let before = files.look();
        assert!(before.is_younger_than(TICK));
        // The same size, and perhaps within one tick.
        fs::write(&database, "2")?;
        assert!(files.look() != before || before.is_younger_than(TICK));
        fs::write(directory.path().join("log.db-wal"), "3")?;
        assert_ne!(files.look(), before);

        let old = SystemTime::now() - Duration::from_secs(9);
        for path in [&files.database, &files.pages] {
            fs::File::options()
                .write(true)
                .open(path)?
                .set_modified(old)?;
        }
        assert!(!files.look().is_younger_than(TICK));
        Ok(())
    }
}
