//! What is kept when the copy is disturbed: failures, dropped futures, others who write or copy.

use std::future::{Future, poll_fn, ready};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use factos::CopyError;
use factos::store::{EventStore, StoreError};

use super::{copied, copy, fresh};
use crate::histories::{EVENTFUL, append_at, appended, eventful, events, key};
use crate::hooked::{Hooked, Moment};
use crate::kinds::Kind;
use crate::same::assert_same;

fn lost() -> StoreError {
    StoreError::OutcomeUnknown(Arc::new(std::io::Error::other("the answer is lost")))
}

/// One that counts what happens to it.
fn counted<S: EventStore + Clone>(store: &S) -> Hooked<S> {
    Hooked::new(store.clone(), |_, _, _| ready(Ok(())))
}

/// One whose calls fail at one moment, before or after they have done what they should.
fn failing<S: EventStore + Clone>(store: &S, at: u32) -> Hooked<S> {
    Hooked::new(store.clone(), move |_, number, _| {
        ready(if number == at { Err(lost()) } else { Ok(()) })
    })
}

pub async fn a_failure_anywhere_is_made_up_for_by_the_next_run<S: Kind, T: Kind>() {
    let (_source, source) = fresh::<S>().await;
    let (_target, target) = fresh::<T>().await;
    eventful(&source).await;
    let counted = counted(&target);
    copied(&source, &counted).await;
    assert!(counted.moments() > 30, "{}", counted.moments());

    // The same target all the time, so that each run makes up for the one before.
    let (_target, target) = fresh::<T>().await;
    let mut failed = 0;
    while let Err(error) = copy(&failing(&source, failed), &target).verify().await {
        assert!(matches!(error, CopyError::Source(_)), "{error:?}");
        failed += 1;
    }
    assert!(failed > 20, "{failed}");
    assert_same(&source, &target).await;

    // Another target each time, of which a part is there.
    for at in (0..counted.moments()).step_by(3) {
        let (_target, target) = fresh::<T>().await;
        let outcome = copy(&source, &failing(&target, at)).verify().await;
        assert!(matches!(outcome, Err(CopyError::Target(_))), "{outcome:?}");
        copied(&source, &target).await;
        assert_same(&source, &target).await;
    }
}

/// Polls so many times, and drops what is not ready then.
async fn polled<T>(future: impl Future<Output = T>, mut times: u32) -> Option<T> {
    let mut future = pin!(future);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if times == 0 => Poll::Ready(None),
        Poll::Pending => {
            times -= 1;
            Poll::Pending
        }
    })
    .await
}

pub async fn a_dropped_copy_is_carried_on<S: Kind, T: Kind>() {
    let (_source, source) = fresh::<S>().await;
    let (_target, target) = fresh::<T>().await;
    for _ in 0..3 {
        appended(&source, append_at(0, events("A", 3))).await;
        appended(&source, append_at(0, events("B", 1))).await;
        appended(&source, append_at(0, Vec::new())).await;
    }
    eventful(&source).await;
    // Each read has to be waited for, however quickly all else is answered.
    let slow = Hooked::new(source.clone(), |moment, _, _: S::Store| async move {
        if moment == Moment::AfterRead {
            tokio::task::yield_now().await;
        }
        Ok(())
    });
    let mut dropped = 0;
    loop {
        // What the last one had handed over may still arrive.
        let copy = copy(&slow, &target).into_future();
        match polled(copy, dropped).await {
            Some(outcome) => break outcome.map(|_| ()).expect("nothing speaks against it"),
            None => dropped += 1,
        }
    }
    assert!(dropped > 2, "{dropped}");
    assert_same(&source, &target).await;
}

pub async fn a_log_that_grows_is_copied_on<S: Kind, T: Kind>() {
    let (_source, source) = fresh::<S>().await;
    let (_target, target) = fresh::<T>().await;
    eventful(&source).await;
    let growing = Hooked::new(
        source.clone(),
        |moment, number, store: S::Store| async move {
            if moment == Moment::AfterRead && number < 24 {
                let keyed = key(&format!("grown {number}"), &[]);
                appended(&store, append_at(20, events("Grown", 3)).with_key(keyed)).await;
                appended(&store, append_at(20, Vec::new())).await;
            }
            Ok(())
        },
    );
    let first = copied(&growing, &target).await;
    // The reads are two events each: it grew faster than it was copied, for a while.
    assert_eq!(first.events, EVENTFUL + 12 * 3);
    assert_same(&source, &target).await;

    // It may grow at any moment of a copy; the next one brings what is missing.
    let growing = Hooked::new(
        source.clone(),
        |moment, number, store: S::Store| async move {
            if moment == Moment::AfterRead && number < 60 {
                appended(&store, append_at(30, events("Late", 1))).await;
                appended(&store, append_at(30, Vec::new())).await;
            }
            Ok(())
        },
    );
    copied(&growing, &target).await;
    copied(&source, &target).await;
    assert_same(&source, &target).await;
}

pub async fn two_copies_at_once_are_one<S: Kind, T: Kind>() {
    let (_source, source) = fresh::<S>().await;
    let (kind, target) = fresh::<T>().await;
    eventful(&source).await;
    for _ in 0..40 {
        appended(&source, append_at(0, events("More", 2))).await;
        appended(&source, append_at(0, Vec::new())).await;
    }
    // As two processes would do it.
    let other = kind.open().await;
    let (one, two, three) = tokio::join!(
        copy(&source, &target).into_future(),
        copy(&source, &other).page_size(5).into_future(),
        copy(&source, &target).page_size(1).into_future(),
    );
    let runs = [one, two, three].map(|run| run.expect("they do not get in each other's way"));
    assert_eq!(
        runs.iter().map(|run| run.events).sum::<u64>(),
        EVENTFUL + 80
    );
    assert_same(&source, &target).await;
}

pub async fn another_copy_may_come_in_between<S: Kind, T: Kind>() {
    let (_source, source) = fresh::<S>().await;
    eventful(&source).await;
    let mut shared = 0;
    for at in 0.. {
        let (_target, target) = fresh::<T>().await;
        let from = source.clone();
        // The other one is stopped when it has written one append, which is the first of several here.
        let act = move |moment, number, store: T::Store| {
            let from = from.clone();
            async move {
                if moment == Moment::BeforeWrite && number == at {
                    let other = copy(&from, &failing(&store, 3)).page_size(1).await;
                    assert!(matches!(other, Err(CopyError::Target(_))), "{other:?}");
                }
                Ok(())
            }
        };
        let hooked = Hooked::new(target.clone(), act);
        let outcome = copy(&source, &hooked).page_size(8).await;
        let outcome = outcome.expect("they copy the same");
        assert_same(&source, &target).await;
        if outcome.events < EVENTFUL {
            shared += 1;
        }
        if at > hooked.moments() {
            break;
        }
    }
    assert_eq!(shared, 2);
}
