//! Where PostgreSQL's programs are.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

const VARIABLE: &str = "FACTOS_TEST_POSTGRES_BIN";

/// The path of a program of PostgreSQL's server.
pub(crate) fn postgres(program: &str) -> PathBuf {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    DIRECTORY.get_or_init(server_directory).join(program)
}

/// The path of `psql`, which is also there where only PostgreSQL's client is installed.
pub(crate) fn psql() -> PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM
        .get_or_init(|| {
            candidates()
                .into_iter()
                .find(|directory| directory.join("psql").is_file())
                .unwrap_or_else(|| {
                    panic!("psql is not found; install PostgreSQL's client (Debian: apt-get install postgresql-client)")
                })
                .join("psql")
        })
        .clone()
}

/// The path of a program that does not belong to PostgreSQL, and lies where users or only administrators look.
pub(crate) fn other(program: &str, package: &str) -> PathBuf {
    let administrators = ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"].map(PathBuf::from);
    path()
        .into_iter()
        .chain(administrators)
        .map(|directory| directory.join(program))
        .find(|program| program.is_file())
        .unwrap_or_else(|| {
            panic!("{program} is not found; install it (Debian: apt-get install {package})")
        })
}

fn server_directory() -> PathBuf {
    if let Some(named) = std::env::var_os(VARIABLE) {
        let named = PathBuf::from(named);
        assert!(
            is_complete(&named),
            "{VARIABLE} is {}, where there is no initdb and postgres",
            named.display()
        );
        return named;
    }
    candidates().into_iter().find(|directory| is_complete(directory)).unwrap_or_else(|| {
        panic!(
            "PostgreSQL's server is not found; install it (Debian: apt-get install postgresql, \
             Homebrew: brew install postgresql), or name the directory of its programs in {VARIABLE}"
        )
    })
}

fn is_complete(directory: &Path) -> bool {
    ["initdb", "postgres"]
        .iter()
        .all(|program| directory.join(program).is_file())
}

/// Where programs of PostgreSQL may be, the best first.
fn candidates() -> Vec<PathBuf> {
    let named = std::env::var_os(VARIABLE).map(PathBuf::from);
    let mut directories: Vec<PathBuf> =
        named.into_iter().chain(pg_config()).chain(path()).collect();
    for (parent, prefix, suffix) in [
        ("/usr/lib/postgresql", "", "bin"),
        ("/usr", "pgsql-", "bin"),
        ("/opt/homebrew/opt", "postgresql", "bin"),
        ("/usr/local/opt", "postgresql", "bin"),
    ] {
        directories
            .extend(newest_first(Path::new(parent), prefix).map(|version| version.join(suffix)));
    }
    directories
}

fn path() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).collect()
}

fn pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let directory = String::from_utf8(output.stdout).ok()?;
    output
        .status
        .success()
        .then(|| PathBuf::from(directory.trim()))
}

/// The directories in `parent` that are named by `prefix` and a version.
fn newest_first(parent: &Path, prefix: &str) -> impl Iterator<Item = PathBuf> {
    let version = |path: &PathBuf| -> Option<u32> {
        let name = path.file_name()?.to_str()?.strip_prefix(prefix)?;
        let version = name.trim_start_matches('@');
        // Homebrew's newest has no number; 9.6 and its like are too old to matter.
        if version.is_empty() {
            Some(u32::MAX)
        } else {
            version.parse().ok()
        }
    };
    let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
    let mut versions: Vec<_> = entries
        .filter_map(|entry| Some((version(&entry.path())?, entry.path())))
        .collect();
    versions.sort();
    versions.into_iter().rev().map(|(_, path)| path)
}
