//! One event: decoded, failed on, parked. What projections and reactors have in common.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::apply::panic_message;
use super::error::in_full;
use super::{ProjectionError, ProjectionFailure};
use crate::error::DecodeError;
use crate::event::{Event, Recorded, StoredEvent};
use crate::log::{UnknownTypes, decode_known};
use crate::read_model::Parked;
use crate::store::Cause;
use crate::time::Timestamp;

/// The events of a type that is known. How they are decoded is the application's code, which may panic.
pub(crate) fn decode_guarded<E: Event>(
    events: &[StoredEvent],
    unknown: UnknownTypes,
) -> Result<Vec<Recorded<E>>, DecodeError> {
    let decode = |event| {
        let decoded = catch_unwind(AssertUnwindSafe(|| decode_known(event, unknown)));
        decoded.unwrap_or_else(|panic| Err(DecodeError::panicked(event, panic_message(&*panic))))
    };
    let decoded = events.iter().map(decode);
    decoded.filter_map(Result::transpose).collect()
}

/// An event that was tried so often.
pub(crate) fn failed_on(
    event: &StoredEvent,
    attempts: u32,
    failure: ProjectionFailure,
) -> ProjectionError {
    ProjectionError::Event {
        position: event.position,
        event_type: event.event_type.clone(),
        attempts,
        cause: Cause::from(failure),
    }
}

/// An event that is not tried any more.
pub(crate) fn parked_event(event: &StoredEvent, failed: &ProjectionError, at: Timestamp) -> Parked {
    let (attempts, error) = match failed {
        ProjectionError::Event {
            attempts, cause, ..
        } => (*attempts, in_full(&**cause)),
        other => (1, in_full(other)),
    };
    Parked {
        position: event.position,
        event: event.id,
        event_type: event.event_type.clone(),
        error,
        attempts,
        at,
        is_to_retry: false,
    }
}
