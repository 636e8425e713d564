//! Events that carry the moment in which they were sent, to be waited for.

use factos::prelude::*;
use factos::{LimitError, Query};
use serde::{Deserialize, Serialize};

use crate::moment::Moment;

/// What happens around signals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[allow(missing_docs)]
pub enum SignalEvent {
    SignalSent { at: Moment, note: String },
}
use SignalEvent::SignalSent;

/// When the last signal was sent.
#[fact]
pub fn last_signal(last: Option<Moment>, event: &SignalEvent) -> Option<Moment> {
    match event {
        SignalSent { at, .. } => Some(*at),
    }
}

/// A signal that is sent now, with about 200 bytes of data.
pub fn signal() -> SignalEvent {
    SignalSent {
        at: Moment::now(),
        note: "n".repeat(150),
    }
}

/// All signals.
///
/// # Errors
/// When a tag is beyond its limit, which no query without tags is.
pub fn signals() -> Result<Query, LimitError> {
    query!(SignalSent)
}
