//! Events that say how many others were in front of them when they were decided.

use super::words::*;
use crate::event::{NewEvent, StoredEvent};
use crate::store::{Answer, EventStore, ReadPart, ReadRequest, Refusal};

/// An event that was decided on so many others.
pub(super) fn knows(count: usize) -> NewEvent {
    event("A", &["k:1", &format!("known:{count}")])
}

/// Counts the events with the tag `k:1`, and appends one that says how many there are, if there are no more by then;
/// otherwise again. Each time it was another client that came in between.
pub(super) async fn count(store: &impl EventStore, clients: usize) {
    for _ in 0..clients {
        let tagged = ReadPart::query(query(&[], &["k:1"]));
        let seen = read(store, ReadRequest::new([tagged])).await;
        let next = request([knows(seen.parts[0].len())]);
        let unchanged = guard(&["A", "B"], &["k:1"], seen.head.get());
        match append(store, next.guarded([unchanged])).await {
            Ok(Answer::Accepted(_)) => return,
            Err(Refusal::Conflict(_)) => {}
            other => panic!("it is stored or in conflict, not {other:?}"),
        }
    }
    panic!("{clients} clients append one event each, and nobody can lose to more of them");
}

/// Expects that each event of type `A` knew all that are in front of it.
pub(super) fn each_knew_those_in_front(all: &[StoredEvent]) {
    for (count, event) in all.iter().enumerate() {
        assert!(
            event.event_type.as_str() != "A" || event.tags == knows(count).tags,
            "{count} events are in front of {event:#?}"
        );
    }
}
