//! Panics that are planned, of deciders and folds.

use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

/// How the messages of planned panics begin.
pub const PLANNED: &str = "planned: ";

/// Of so many folds, one panics.
const FOLDS: u64 = 199;

/// Panics now and then, whatever is folded: a fold that was interrupted must leave nothing behind.
pub fn may_blow() {
    static FOLDED: AtomicU64 = AtomicU64::new(0);
    let is_its_turn = FOLDED.fetch_add(1, Ordering::Relaxed) % FOLDS == FOLDS - 1;
    assert!(!is_its_turn, "{PLANNED}a fold");
}

/// Has planned panics not printed.
pub fn keep_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let text = info.payload_as_str().unwrap_or_default();
            if !text.starts_with(PLANNED) {
                print(info);
            }
        }));
    });
}
