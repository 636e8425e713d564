//! Names that no other measurement has, in this process or another one.

use std::sync::atomic::{AtomicU64, Ordering};

/// A name that begins like this and was not there before.
pub fn unique(prefix: &str) -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("{prefix}-{}-{number}", std::process::id())
}
