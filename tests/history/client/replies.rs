//! Answers of the log as they are written down.

use factos::store::{Answer, Appended, Receipt, Refusal, Settled, StoreError};
use factos::{AppendError, DispatchError, StoredEvent};

use crate::counter::Refuses;
use crate::disturbed::digest;
use crate::disturbed::patience::is_passing;
use crate::record::{Outcome, Place, Reply};

/// The reply to an append through the log.
pub fn to_append(answer: Result<Vec<StoredEvent>, AppendError>) -> Reply {
    match answer {
        Ok(events) => to_stored(&events),
        Err(AppendError::WrongRevision(wrong)) => Reply::WrongRevision { next: wrong.next },
        Err(AppendError::Refused(refusal)) => to_refusal(&refusal),
        Err(AppendError::Timeout) => Reply::Failed("time ran out".into()),
        Err(AppendError::OutcomeUnknown { .. }) => Reply::Unknown,
        Err(AppendError::ReadBack { receipt, .. }) => to_receipt(Reply::Repeated, &receipt),
        Err(AppendError::Store(error)) => to_error(&error),
        Err(error) => Reply::Unexpected(format!("{error:?}")),
    }
}

fn to_stored(events: &[StoredEvent]) -> Reply {
    let [first, ..] = events else {
        return Reply::Unexpected("no events".into());
    };
    let place = Place {
        by: first.append_id.into(),
        first: first.position.get(),
        last: events[events.len() - 1].position.get(),
        recorded_at: first.recorded_at.as_micros(),
        revision: first.stream.as_ref().map(|place| place.revision),
    };
    let digest = digest::of_all(events.iter().map(digest::of_stored));
    Reply::Stored { place, digest }
}

/// The reply to a request of a group.
pub fn to_request(answer: Result<Answer, Refusal>) -> Reply {
    match answer {
        Ok(Answer::Confirmed) => Reply::Confirmed,
        Ok(Answer::Accepted(receipt)) => to_receipt(Reply::Accepted, &receipt),
        Ok(Answer::Repeated(receipt)) => to_receipt(Reply::Repeated, &receipt),
        Err(refusal) => to_refusal(&refusal),
    }
}

fn to_receipt(reply: impl Fn(Place) -> Reply, receipt: &Receipt) -> Reply {
    match place(receipt) {
        Some(place) => reply(place),
        None => Reply::Unexpected(format!("{receipt:?}")),
    }
}

fn place(receipt: &Receipt) -> Option<Place> {
    let Appended {
        first,
        last,
        recorded_at,
        first_revision,
    } = receipt.appended?;
    Some(Place {
        by: receipt.append_id.into(),
        first: first.get(),
        last: last.get(),
        recorded_at: recorded_at.as_micros(),
        revision: first_revision,
    })
}

/// Where a settled append stands; `None` when it is void.
pub fn place_of_settled(settled: &Settled) -> Option<Place> {
    match settled {
        Settled::Void => None,
        Settled::Committed(receipt) => Some(place(receipt).expect("no client appends nothing")),
    }
}

fn to_refusal(refusal: &Refusal) -> Reply {
    match refusal {
        Refusal::Conflict(broken) => {
            let broken = broken.iter();
            Reply::Conflict(broken.map(|by| (by.guard, by.position.get())).collect())
        }
        Refusal::DependencyFailed => Reply::DependencyFailed,
        Refusal::DuplicateEventId(id) => Reply::DuplicateEventId((*id).into()),
        Refusal::WrongRevision { next, .. } => Reply::WrongRevision { next: *next },
        Refusal::Void(_) => Reply::Void,
        other => Reply::Unexpected(format!("{other:?}")),
    }
}

/// The reply of a store that failed altogether.
pub fn to_error(error: &StoreError) -> Reply {
    match error {
        StoreError::OutcomeUnknown(_) => Reply::Unknown,
        error if is_passing(error) => Reply::Failed(error.to_string()),
        error => Reply::Unexpected(format!("{error:?}")),
    }
}

/// How a dispatch ended.
pub fn to_dispatch(answer: Result<factos::Accepted, DispatchError<Refuses>>) -> Outcome {
    match answer {
        Ok(accepted) => match accepted.position {
            Some(position) => Outcome::Accepted {
                position: position.get(),
            },
            None => Outcome::Unexpected("nothing was counted".into()),
        },
        Err(DispatchError::Rejected(Refuses { saw })) => Outcome::Rejected { saw },
        Err(DispatchError::Timeout { operation }) => Outcome::Failed(operation.into()),
        Err(DispatchError::OutcomeUnknown { .. }) => Outcome::Unknown,
        Err(DispatchError::ReadBack { receipt, .. }) => match place(&receipt) {
            Some(place) => Outcome::Accepted {
                position: place.last,
            },
            None => Outcome::Unexpected(format!("{receipt:?}")),
        },
        Err(DispatchError::Store(error)) => match to_error(&error) {
            Reply::Unknown => Outcome::Unknown,
            Reply::Failed(text) => Outcome::Failed(text),
            other => Outcome::Unexpected(format!("{other:?}")),
        },
        Err(error) => Outcome::Unexpected(format!("{error:?}")),
    }
}
