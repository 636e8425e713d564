//! G1 and G13: what was acknowledged stays, and stays as it was.

use std::sync::Arc;

use super::fixture::StoreFixture;
use super::words::*;
use crate::id::AppendId;
use crate::store::{AppendRequest, EventStore, ExpectedRevision, ReadRequest, Settled, Snapshot};

/// An acknowledged append is there for everybody at once, and if the store is durable, when all handles are gone and it
/// is opened again: events, append ids, keys, void appends and the log's identity.
pub async fn g1_an_acknowledged_append_is_durable<F: StoreFixture>(fixture: &F) {
    let [store, other] = open_twice(fixture).await;
    let first = request([event("A", &["k:1"]), event("B", &["k:1", "k:2"])])
        .to_stream(stream("s"), ExpectedRevision::NoStream)
        .with_key(key("once", b"h"));
    let receipt = receipt(&*store, first.clone()).await;
    accepted(&*store, request([event("C", &[])])).await;
    let void = AppendId::new();
    assert_eq!(settle(&*store, void).await, Settled::Void);
    let known = known(&*store, "once").await;
    let identity = store.info().identity();
    assert_eq!(self::known(&*other, "once").await, known);
    assert_eq!(known.known, Some(receipt.clone()));
    if !fixture.is_durable() {
        return;
    }

    drop((store, other));
    fixture.restart().await;
    let store = open(fixture).await;
    assert_eq!(store.info().identity(), identity);
    assert_eq!(self::known(&*store, "once").await, known);
    let committed = Settled::Committed(receipt);
    assert_eq!(settle(&*store, first.append_id()).await, committed);
    assert_eq!(settle(&*store, void).await, Settled::Void);
    let next = accepted(&*store, request([event("D", &[])])).await;
    assert_eq!(next.first.get(), 4);
}

/// The whole log, and what is known of a key.
async fn known(store: &impl EventStore, key: &str) -> Snapshot {
    read(store, ReadRequest::new([all()]).with_key(key)).await
}

/// Whatever happens to the log, the events that it holds are read as they were read first.
pub async fn g13_what_was_stored_is_never_changed<F: StoreFixture>(fixture: &F) {
    let [store, other] = open_twice(fixture).await;
    let mut before = Vec::new();
    for step in 0..8 {
        let more = request([event("A", &["k:1"]), event("B", &[])])
            .to_stream(stream("s"), ExpectedRevision::Any);
        accepted(&*other, more.clone()).await;
        let repeated = append(&*store, more).await;
        assert!(repeated.is_ok(), "{repeated:?}");
        meddle(&store, &other, step).await;

        let after = events(&*store, all()).await;
        assert!(after.starts_with(&before), "{before:#?} is now {after:#?}");
        before = after;
    }
}

async fn meddle<S: EventStore>(store: &Arc<S>, other: &Arc<S>, step: u8) {
    let conflict = request([event("A", &["k:1"])]).guarded([guard(&["A"], &[], 0)]);
    refused(&**store, conflict.clone()).await;
    let twice = event("T", &[]);
    refused(&**other, request([twice.clone(), twice])).await;
    let wrong = request([event("A", &[])]).to_stream(stream("s"), ExpectedRevision::NoStream);
    refused(&**store, wrong).await;
    settle(&**other, conflict.append_id()).await;
    let check = AppendRequest::check(vec![guard(&["No"], &[], 0)]);
    assert!(append(&**store, check).await.is_ok());
    let once = request([event("K", &[])]).with_key(key("once", &[step % 2]));
    let answer = append(&**store, once).await;
    assert_eq!(answer.is_ok(), step.is_multiple_of(2), "{answer:?}");
}
