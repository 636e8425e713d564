//! Names that nothing else has.

use std::hash::{BuildHasher, Hasher, RandomState};

/// A name that no other test uses, in no other process either: this prefix and 16 random characters.
///
/// It needs no quotes in SQL when the prefix needs none.
pub fn unique(prefix: &str) -> String {
    format!("{prefix}_{:016x}", random())
}

/// A random number: the standard library's hash keys are random, and never the same twice in a thread.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
