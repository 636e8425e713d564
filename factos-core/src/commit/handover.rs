//! The moment after which an append can no longer be taken back.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::id::AppendId;

/// Decides between a caller that gives up and a store that takes the request.
#[derive(Debug, Default)]
pub(crate) struct Handover(Mutex<State>);

#[derive(Debug, Clone, Copy, Default)]
enum State {
    #[default]
    Waiting,
    HandedOver(AppendId),
    /// Handed over, and its caller was told that this id's outcome is unknown.
    Abandoned(AppendId),
    Withdrawn,
}

impl Handover {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The store takes the request under this id; `false` when the caller has withdrawn it.
    pub(crate) fn hand_over(&self, append_id: AppendId) -> bool {
        let mut state = self.state();
        let is_wanted = matches!(*state, State::Waiting);
        if is_wanted {
            *state = State::HandedOver(append_id);
        }
        is_wanted
    }

    /// The store has written nothing of what it was handed, and never will. It may be handed over again, under another id,
    /// unless its caller believes that the old one decides what became of it.
    pub(crate) fn take_back(&self) {
        let mut state = self.state();
        *state = match *state {
            State::Waiting | State::HandedOver(_) => State::Waiting,
            State::Abandoned(_) | State::Withdrawn => State::Withdrawn,
        };
    }

    /// What withdraws the request when the caller's future is dropped.
    pub(crate) fn withdraw_on_drop(self: &Arc<Self>) -> Withdraw {
        Withdraw(self.clone())
    }

    /// Whether nobody waits for the request any more.
    pub(crate) fn is_withdrawn(&self) -> bool {
        matches!(*self.state(), State::Withdrawn)
    }
}

/// Withdraws a request when it is dropped, if the store does not have it yet.
#[derive(Debug)]
pub(crate) struct Withdraw(Arc<Handover>);

impl Withdraw {
    /// Withdraws it now; if the store has it, answers under which id.
    pub(crate) fn now(&self) -> Result<(), AppendId> {
        let mut state = self.0.state();
        match *state {
            State::Waiting | State::Withdrawn => {
                *state = State::Withdrawn;
                Ok(())
            }
            State::HandedOver(append_id) | State::Abandoned(append_id) => {
                *state = State::Abandoned(append_id);
                Err(append_id)
            }
        }
    }
}

impl Drop for Withdraw {
    fn drop(&mut self) {
        // The store completes what it has.
        let _ = self.now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_side_wins() {
        let (id, taken) = (AppendId::new(), Arc::new(Handover::default()));
        assert!(taken.hand_over(id));
        assert_eq!(taken.withdraw_on_drop().now(), Err(id));

        let withdrawn = Arc::new(Handover::default());
        drop(withdrawn.withdraw_on_drop());
        assert!(!withdrawn.hand_over(id));
    }

    #[test]
    fn what_was_taken_back_can_be_withdrawn_or_handed_over_again() {
        let [one, two] = [AppendId::new(), AppendId::new()];
        let again = Arc::new(Handover::default());
        again.hand_over(one);
        again.take_back();
        assert!(again.hand_over(two));
        again.take_back();
        assert_eq!(again.withdraw_on_drop().now(), Ok(()));
        again.take_back();
        assert!(again.is_withdrawn());
    }

    #[test]
    fn what_was_told_as_unknown_is_not_handed_over_again() {
        let [one, two] = [AppendId::new(), AppendId::new()];
        let abandoned = Arc::new(Handover::default());
        abandoned.hand_over(one);
        assert_eq!(abandoned.withdraw_on_drop().now(), Err(one));
        assert!(!abandoned.is_withdrawn());
        abandoned.take_back();
        assert!(!abandoned.hand_over(two));
    }
}
