//! Where directories are made when nobody has said where.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The system's directory for files in memory, where a server of a test starts and stops in a fraction of the time; the
/// one for temporary files if there is none, or if `TMPDIR` names that.
pub(crate) fn temporary() -> &'static Path {
    static PLACE: OnceLock<PathBuf> = OnceLock::new();
    PLACE.get_or_init(|| {
        let named = std::env::var_os("TMPDIR").is_some();
        let memory = PathBuf::from("/dev/shm");
        // Containers often have a few megabytes of it: too little, since a server takes a hundred when it does nothing.
        let is_ample = available_kilobytes(&memory).is_some_and(|kilobytes| kilobytes > 4_000_000);
        if !named && is_ample {
            memory
        } else {
            std::env::temp_dir()
        }
    })
}

fn available_kilobytes(directory: &Path) -> Option<u64> {
    let output = Command::new("df").arg("-Pk").arg(directory).output().ok()?;
    let table = String::from_utf8(output.stdout).ok()?;
    // File system, its size, how much of it is used, how much is available.
    table
        .lines()
        .nth(1)?
        .split_whitespace()
        .nth(3)?
        .parse()
        .ok()
}
