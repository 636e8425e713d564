//! The processes of a server.

use std::fs;
use std::process::Command;

/// The processes that this one has started and that have not ended.
pub(crate) fn children(parent: u32) -> Vec<u32> {
    all()
        .into_iter()
        .filter_map(|(process, its_parent)| (its_parent == parent).then_some(process))
        .collect()
}

/// Each process there is and its parent.
fn all() -> Vec<(u32, u32)> {
    // `ps` is not installed everywhere, and this is not there everywhere.
    let Ok(entries) = fs::read_dir("/proc") else {
        return from_ps();
    };
    let processes: Vec<_> = entries
        .flatten()
        .filter_map(|entry| {
            let process = entry.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            // The name of the program stands in parentheses and may contain any; then come its state and its parent.
            let (_, rest) = stat.rsplit_once(')')?;
            Some((process, rest.split_whitespace().nth(1)?.parse().ok()?))
        })
        .collect();
    if processes.is_empty() {
        from_ps()
    } else {
        processes
    }
}

fn from_ps() -> Vec<(u32, u32)> {
    let output = Command::new("ps")
        .args(["-A", "-o", "pid=", "-o", "ppid="])
        .output()
        .expect("ps lists the processes");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| {
            let (process, parent) = line.trim().split_once(char::is_whitespace)?;
            Some((process.parse().ok()?, parent.trim().parse().ok()?))
        })
        .collect()
}
