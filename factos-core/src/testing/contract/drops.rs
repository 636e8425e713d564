//! G16: futures that are dropped, wherever they are.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::fixture::StoreFixture;
use super::words::*;
use crate::id::AppendId;
use crate::store::{AppendRequest, DecideLocked, EventStore, Group, ReadRequest, Settled};

/// Polls a call so many times, lets the rest of the world go on in between, and drops it.
async fn polled(times: u32, call: impl Future) {
    let mut call = std::pin::pin!(call);
    let mut left = times;
    std::future::poll_fn(|context| {
        if left == 0 || call.as_mut().poll(context).is_ready() {
            return std::task::Poll::Ready(());
        }
        left -= 1;
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

/// Gives a call so many microseconds, and drops it.
async fn hurried(micros: u64, call: impl Future) {
    // Whether it is answered in time is not asked.
    let _ = tokio::time::timeout(Duration::from_micros(micros), call).await;
}

/// An append that is dropped is there as a whole or not at all, and it can be settled which.
pub async fn g16_a_dropped_append_is_whole_or_nothing<F: StoreFixture>(fixture: &F) {
    let [store, other] = open_twice(fixture).await;
    let mut requests = Vec::new();
    for n in 0..50_u32 {
        let request = request((0..4).map(|_| event("A", &["k:1"])));
        requests.push(request.clone());
        let call = handed_over(&store, request, n % 3 == 0);
        match n % 2 {
            0 => polled(n / 2, call).await,
            _ => hurried(u64::from(n) * 40, call).await,
        }
    }
    let mut whole = Vec::new();
    for request in requests {
        let id = request.append_id();
        if let Settled::Committed(receipt) = within(fixture, settle(&*other, id)).await {
            whole.push((
                receipt.append_id,
                receipt.appended.map(|at| (at.first, at.last)),
            ));
        }
    }
    let all = events(&*store, all()).await;
    assert_eq!(places(&all), (1..=all.len() as u64).collect::<Vec<_>>());
    let mut stored: Vec<_> = all
        .chunk_by(|a, b| a.append_id == b.append_id)
        .map(|events| {
            assert_eq!(events.len(), 4, "{events:#?}");
            (
                events[0].append_id,
                Some((events[0].position, events[3].position)),
            )
        })
        .collect();
    whole.sort_unstable();
    stored.sort_unstable();
    assert_eq!(
        stored, whole,
        "what is stored, and what was settled as committed"
    );
}

/// An append by itself, or decided under the lock.
async fn handed_over<S: EventStore>(store: &Arc<S>, request: AppendRequest, is_locked: bool) {
    if is_locked {
        let decide: DecideLocked = Box::new(move |_| Some(request));
        drop(store.locked(ReadRequest::new([all()]), decide).await);
    } else {
        drop(store.append(Group::single(request)).await);
    }
}

/// A call of any kind that is dropped leaves no transaction open: neither its own handle nor another one has to wait.
pub async fn g16_a_dropped_call_leaves_no_lock<F: StoreFixture>(fixture: &F) {
    let [store, other] = open_twice(fixture).await;
    accepted(&*store, request((0..200).map(|_| event("A", &["k:1"])))).await;
    for n in 0..12_u32 {
        let append = store.append(Group::single(request([event("A", &["k:1"])])));
        polled(n, append).await;
        polled(n, store.read(ReadRequest::new([all()]))).await;
        let check = AppendRequest::check(vec![guard(&["B"], &[], 0)]);
        polled(n, store.append(Group::single(check))).await;
        polled(n, store.settle(AppendId::new())).await;
        let decide: DecideLocked = Box::new(|_| None);
        polled(n, store.locked(ReadRequest::new([all()]), decide)).await;
        for store in [&store, &other] {
            within(fixture, accepted(&**store, request([event("C", &[])]))).await;
        }
    }
}
