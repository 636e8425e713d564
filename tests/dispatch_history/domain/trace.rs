//! Traces: which calls have made a state, and in which order.

use serde::{Deserialize, Serialize};

/// A digest of calls in their order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace(pub u64);

impl Trace {
    /// The same with one more call.
    pub fn add(&mut self, call: u64) {
        self.0 = (self.0.rotate_left(7) ^ call).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    /// Of several traces in their order.
    pub fn of(traces: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::default();
        traces.into_iter().for_each(|trace| all.add(trace.0));
        all
    }
}
