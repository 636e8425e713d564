//! Whether two logs tell the same, whatever they are asked.

use std::collections::BTreeSet;

use factos::store::{
    EventStore, Group, ReadPart, ReadRequest, Receipt, Receipts, Refusal, Settled, Snapshot,
};
use factos::{AppendId, Position, Query, StoredEvent};

use crate::support::append;

/// Everything that a log holds.
pub async fn contents(store: &impl EventStore) -> (Snapshot, Snapshot) {
    let keyed = Receipts::Keyed {
        after: Position::START,
        to: Position::new(u64::MAX),
    };
    let part = ReadPart::query(Query::all());
    let events = store.read(ReadRequest::new([part]).with_receipts(keyed));
    let receipts = ReadRequest::default().with_receipts(Receipts::WithoutEvents {
        after: None,
        limit: u64::MAX,
    });
    let receipts = store.read(receipts);
    let read = "the store answers";
    (events.await.expect(read), receipts.await.expect(read))
}

/// Asserts that both logs hold the same, and answer the same to everything about it.
pub async fn assert_same(one: &impl EventStore, other: &impl EventStore) {
    let (ours, theirs) = (contents(one).await, contents(other).await);
    assert_eq!(ours, theirs);
    let (events, without_events) = ours;
    let stored: Vec<&StoredEvent> = events.parts.iter().flatten().collect();

    let mut ids: BTreeSet<AppendId> = stored.iter().map(|event| event.append_id).collect();
    ids.extend(without_events.receipts.iter().map(|(id, _)| *id));
    for id in ids {
        let settled = one.settle(id).await.expect("the store answers");
        assert_eq!(settled, other.settle(id).await.expect("the store answers"));
        let repeated = append([]).with_id(id);
        let answers = other.append(Group::single(repeated)).await;
        match (settled, &answers.expect("the store answers")[0]) {
            (Settled::Committed(first), Ok(factos::store::Answer::Repeated(told))) => {
                assert_eq!(&first, told);
            }
            (Settled::Void, Err(Refusal::Void(void))) => assert_eq!(*void, id),
            (settled, answer) => panic!("{settled:?} was repeated as {answer:?}"),
        }
    }
    let receipts = events.receipts.iter().chain(&without_events.receipts);
    for (_, known) in receipts {
        if let Settled::Committed(Receipt { key: Some(key), .. }) = known {
            let request = ReadRequest::default().with_key(key.key());
            let ours = one.read(request.clone()).await.expect("it answers");
            assert!(ours.known.is_some());
            assert_eq!(ours, other.read(request).await.expect("it answers"));
        }
    }
    let places = stored.iter().filter_map(|event| event.stream.as_ref());
    let streams: BTreeSet<_> = places.map(|place| place.name.clone()).collect();
    for name in streams {
        let request = ReadRequest::new([ReadPart::stream(name, 0)]);
        let ours = one.read(request.clone()).await.expect("it answers");
        assert_eq!(ours, other.read(request).await.expect("it answers"));
    }
}
