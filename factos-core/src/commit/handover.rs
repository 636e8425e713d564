//! The moment after which an append can no longer be taken back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

const WAITING: u8 = 0;
const HANDED_OVER: u8 = 1;
const WITHDRAWN: u8 = 2;

/// Decides, once, between a caller that gives up and a store that takes the request.
#[derive(Debug, Default)]
pub(crate) struct Handover(AtomicU8);

impl Handover {
    /// The store takes the request; `false` when the caller has withdrawn it.
    pub(crate) fn hand_over(&self) -> bool {
        self.turn(HANDED_OVER)
    }

    /// The store has written nothing of what it was handed: it can be withdrawn again.
    pub(crate) fn take_back(&self) {
        // What was never handed over, a check, may be withdrawn by now, and stays so.
        let (from, to) = (HANDED_OVER, WAITING);
        let order = Ordering::AcqRel;
        let _ = self.0.compare_exchange(from, to, order, Ordering::Acquire);
    }

    /// What withdraws the request when the caller's future is dropped.
    pub(crate) fn withdraw_on_drop(self: &Arc<Self>) -> Withdraw {
        Withdraw(self.clone())
    }

    /// Whether nobody waits for the request any more.
    pub(crate) fn is_withdrawn(&self) -> bool {
        self.0.load(Ordering::Acquire) == WITHDRAWN
    }

    fn turn(&self, to: u8) -> bool {
        let turned = self
            .0
            .compare_exchange(WAITING, to, Ordering::AcqRel, Ordering::Acquire);
        turned.is_ok() || turned == Err(to)
    }
}

/// Withdraws a request when it is dropped, if the store does not have it yet.
#[derive(Debug)]
pub(crate) struct Withdraw(Arc<Handover>);

impl Withdraw {
    /// Withdraws it now; `false` when the store has it.
    pub(crate) fn now(&self) -> bool {
        self.0.turn(WITHDRAWN)
    }
}

impl Drop for Withdraw {
    fn drop(&mut self) {
        self.now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_side_wins() {
        let taken = Arc::new(Handover::default());
        assert!(taken.hand_over());
        assert!(!taken.withdraw_on_drop().now());

        taken.take_back();
        assert!(taken.withdraw_on_drop().now());
        taken.take_back();
        assert!(taken.is_withdrawn());

        let withdrawn = Arc::new(Handover::default());
        drop(withdrawn.withdraw_on_drop());
        assert!(!withdrawn.hand_over());
    }
}
