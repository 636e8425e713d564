//! What comes between a load and the append: others, silence, panics.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use factos::store::ExpectedRevision::{At, NoStream};
use factos::store::{Group, IdempotencyKey, Settled};
use factos::{AppendError, DispatchError, MemoryStore, NewEvent, StreamName};

use super::*;
use crate::support::append;
use crate::support::staged::{Staged, at_most, never};

/// A time that is over soon, and long enough for a busy machine to begin what is then late.
const SOON: Duration = Duration::from_millis(500);

/// Another client counts one more.
fn other_client(memory: &MemoryStore) {
    let event = NewEvent::encode(&counted(1)).expect("it can be encoded");
    let name = StreamName::new("account").expect("a name");
    let request = append([event]).to_stream(name, factos::store::ExpectedRevision::Any);
    for answer in memory.append_now(&Group::single(request)) {
        answer.expect("any revision will do");
    }
}

/// A log where another client counts behind each of the first reads.
fn disturbed(times: u32) -> (Staged, StreamHandle<AnyConnection>) {
    let mut store = Staged::new();
    store.after_read = at_most(times, other_client);
    let account = stream(&store.log(), "account");
    (store, account)
}

#[tokio::test]
async fn a_lost_race_is_decided_again_on_what_is_there_now() {
    let (_, account) = disturbed(2);
    let accepted = account
        .execute(&counter(9), Count(5))
        .await
        .expect("there is room");
    assert_eq!(accepted.rounds, 3);
    assert_eq!(counts(&account).await, [1, 1, 5]);

    let (store, account) = disturbed(2);
    let refused = account.execute(&counter(1), Count(1)).await;
    assert!(
        matches!(refused, Err(DispatchError::Rejected(Full { at: 1 }))),
        "{refused:?}"
    );
    assert_eq!(store.stored(), 2);
}

#[tokio::test]
async fn a_lost_last_round_is_an_error_of_its_own() {
    let (store, account) = disturbed(9);
    let lost = account.execute(&counter(99), Count(5)).rounds(1).await;
    let Err(DispatchError::WrongRevision(wrong)) = lost else {
        panic!("{lost:?}")
    };
    assert_eq!((wrong.expected, wrong.next, wrong.rounds), (NoStream, 1, 1));
    assert_eq!(
        wrong.to_string(),
        "stream account is at revision 0, not new"
    );

    let lost = account.execute(&counter(99), Count(5)).rounds(2).await;
    let Err(DispatchError::WrongRevision(wrong)) = lost else {
        panic!("{lost:?}")
    };
    assert_eq!((wrong.expected, wrong.next, wrong.rounds), (At(1), 3, 2));
    assert_eq!(wrong.stream.as_str(), "account");
    let text = "stream account is at revision 2, not at revision 1, and 2 rounds were lost";
    assert_eq!(wrong.to_string(), text);
    assert_eq!(
        (store.stored(), store.locked.load(Ordering::Relaxed)),
        (3, 0)
    );
}

#[tokio::test]
async fn after_three_lost_rounds_nobody_comes_in_between() {
    let (store, account) = disturbed(u32::MAX);
    let accepted = account
        .execute(&counter(99), Count(5))
        .await
        .expect("nobody can be faster");
    assert_eq!(
        (accepted.rounds, store.locked.load(Ordering::Relaxed)),
        (4, 1)
    );
    let place = accepted.events[0].stream.as_ref();
    assert_eq!(place.map(|place| place.revision), Some(3));

    let (_, account) = disturbed(u32::MAX);
    let refused = account.execute(&counter(7), Count(5)).await;
    assert!(
        matches!(refused, Err(DispatchError::Rejected(Full { at: 3 }))),
        "{refused:?}"
    );

    // Nothing to do is seen under the lock, too: with a key it is remembered there.
    let until_three = || {
        Decider::new(
            0,
            |(): &(), at: &u32| {
                if *at < 3 {
                    Ok::<_, Full>(vec![counted(1)])
                } else {
                    Ok(vec![])
                }
            },
            |at, event: &Counted| at + event.by,
        )
    };
    let (store, account) = disturbed(u32::MAX);
    let nothing = account
        .execute(&until_three(), ())
        .await
        .expect("nothing is refused");
    assert_eq!((nothing.events.len(), nothing.rounds), (0, 4));
    let key = IdempotencyKey::new("k", "C", []).expect("a key");
    let (store_with_key, account) = disturbed(u32::MAX);
    let keyed = || {
        account
            .execute(&until_three(), ())
            .idempotency_key(key.clone())
    };
    assert_eq!(keyed().await.expect("nothing is refused").rounds, 4);
    assert_eq!(keyed().await.expect("it is remembered").rounds, 1);
    assert_eq!((store.stored(), store_with_key.stored()), (3, 4));
}

#[tokio::test]
async fn a_key_that_comes_in_between_is_heard_of_under_the_lock() {
    let key = IdempotencyKey::new("k", "Count", []).expect("a key");
    let (mut store, _) = disturbed(u32::MAX);
    let (appends, others) = (AtomicU32::new(0), key.clone());
    store.after_append = Arc::new(move |memory| {
        if appends.fetch_add(1, Ordering::Relaxed) == 2 {
            let event = NewEvent::encode(&counted(7)).expect("it can be encoded");
            memory.append_now(&Group::single(append([event]).with_key(others.clone())));
        }
        Box::pin(async {})
    });
    let account = stream(&store.log(), "account");
    let accepted = account
        .execute(&counter(99), Count(5))
        .idempotency_key(key)
        .rounds(9)
        .await;
    let accepted = accepted.expect("it happened");
    assert_eq!(
        (accepted.rounds, store.locked.load(Ordering::Relaxed)),
        (4, 1)
    );
    assert_eq!(
        accepted.events[0]
            .decode::<Counted>()
            .expect("it can be decoded")
            .data,
        counted(7)
    );
}

#[tokio::test]
async fn a_panic_under_the_lock_is_the_callers() {
    let (_, account) = disturbed(u32::MAX);
    let calls = AtomicU32::new(0);
    let fourth = move |(): &(), _: &u32| {
        assert!(calls.fetch_add(1, Ordering::Relaxed) < 3, "too often");
        Ok::<_, Full>(vec![counted(1)])
    };
    let decider = Decider::new(0, fourth, |at, _: &Counted| at);
    let panicked = tokio::spawn(account.execute(&decider, ()).into_future()).await;
    assert!(panicked.expect_err("the decider panics").is_panic());
    account
        .execute(&counter(99), Count(1))
        .await
        .expect("the lock is free");
}

#[tokio::test]
async fn time_runs_out_before_or_after_the_append_was_handed_over() {
    let mut silent = Staged::new();
    silent.after_read = never();
    let account = stream(&silent.log(), "account");
    let late = account.execute(&counter(9), Count(1)).timeout(SOON).await;
    assert!(
        matches!(late, Err(DispatchError::Timeout { operation: "read" })),
        "{late:?}"
    );

    let mut silent = Staged::new();
    silent.after_append = never();
    let account = stream(&silent.log(), "account");
    let late = account.execute(&counter(9), Count(1)).timeout(SOON).await;
    let Err(DispatchError::OutcomeUnknown { append_id, .. }) = late else {
        panic!("{late:?}")
    };
    let log = EventLog::new(silent.memory.clone());
    assert!(matches!(
        log.settle(append_id).await,
        Ok(Settled::Committed(_))
    ));
}

#[tokio::test]
async fn options_that_cannot_work_are_refused() {
    let account = stream(&Staged::new().log(), "account");
    let none = account.execute(&counter(9), Count(1)).rounds(0).await;
    assert!(
        matches!(&none, Err(DispatchError::Option(e)) if e.option == "rounds"),
        "{none:?}"
    );
    let none = account
        .execute(&counter(9), Count(1))
        .timeout(Duration::ZERO)
        .await;
    assert!(
        matches!(&none, Err(DispatchError::Option(e)) if e.option == "timeout"),
        "{none:?}"
    );
    let none = account
        .append(counted(1), NoStream)
        .timeout(Duration::ZERO)
        .await;
    assert!(
        matches!(&none, Err(AppendError::Option(e)) if e.option == "timeout"),
        "{none:?}"
    );
}

/// What another process has written counts: each command looks at the stream anew.
#[tokio::test]
async fn each_command_sees_what_others_have_written() {
    let directory = tempfile::tempdir().expect("a directory");
    let url = support::sqlite_url(&directory);
    let [one, other] = [factos::open(&url).await, factos::open(&url).await];
    let [one, other] = [one, other].map(|log| stream(&log.expect("the file opens"), "account"));
    for at in 1..=5 {
        one.execute(&counter(at), Count(1))
            .await
            .expect("there is room");
        let refused = other.execute(&counter(at), Count(1)).await;
        assert!(matches!(refused, Err(DispatchError::Rejected(full)) if full.at == at));
    }
}
