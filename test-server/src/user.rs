//! The user that servers run as.

use std::path::Path;
use std::process::Command;

/// An ordinary user, for a process of root: PostgreSQL and PgBouncer refuse to run as root.
#[derive(Debug, Clone, Copy)]
pub(crate) struct User {
    pub name: &'static str,
    pub uid: u32,
    pub gid: u32,
}

impl User {
    /// The first there is; both come with the system or with PostgreSQL.
    pub fn ordinary() -> Self {
        ["postgres", "nobody"]
            .into_iter()
            .find_map(Self::named)
            .unwrap_or_else(|| {
                panic!("PostgreSQL does not run as root, and there is no user `postgres` or `nobody`: run as another user")
            })
    }

    fn named(name: &'static str) -> Option<Self> {
        let (uid, gid) = (id("-u", name)?, id("-g", name)?);
        (uid != 0).then_some(Self { name, uid, gid })
    }

    /// Gives a file to this user.
    pub fn own(&self, path: &Path) {
        std::os::unix::fs::chown(path, Some(self.uid), Some(self.gid)).unwrap_or_else(|error| {
            panic!(
                "{} cannot be given to {}: {error}",
                path.display(),
                self.name
            )
        });
    }
}

fn id(option: &str, name: &str) -> Option<u32> {
    let output = Command::new("id").args([option, name]).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
