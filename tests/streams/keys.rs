//! Commands that happen once under their key.

use factos::DispatchError;
use factos::store::{IdempotencyKey, Refusal};

use super::*;
use crate::support::stores::on_every_store;

fn key(content: &[u8]) -> IdempotencyKey {
    IdempotencyKey::new("once", "Count", content).expect("a key")
}

async fn a_repeated_command_happens_once(log: EventLog) {
    let account = stream(&log, "account");
    let count = || {
        account
            .execute(&counter(9), Count(2))
            .idempotency_key(key(b"2"))
    };
    let first = count().await.expect("it is free");
    account
        .execute(&counter(9), Count(1))
        .await
        .expect("it is free");
    let again = count().await.expect("it is the same command");
    assert_eq!((&again.events, again.is_repeated), (&first.events, true));
    assert_eq!(counts(&account).await, [2, 1]);

    // The first outcome counts, also where the command would be refused by now, or goes elsewhere.
    let elsewhere = stream(&log, "other");
    let again = elsewhere
        .execute(&counter(0), Count(2))
        .idempotency_key(key(b"2"))
        .await;
    let again = again.expect("it is the same command");
    assert_eq!((&again.events, again.is_repeated), (&first.events, true));

    let other = account
        .execute(&counter(9), Count(3))
        .idempotency_key(key(b"3"))
        .await;
    let Err(DispatchError::Refused(Refusal::KeyReused { key })) = other else {
        panic!("{other:?}")
    };
    assert_eq!(key, "once");
    assert_eq!(counts(&account).await, [2, 1]);
}

async fn to_have_decided_nothing_is_remembered(log: EventLog) {
    let account = stream(&log, "account");
    // A decision that depends on what is there: nothing at first, something later.
    let echo = Decider::new(
        0,
        |(): &(), at: &u32| Ok::<_, Full>((0..*at).map(|_| counted(1)).collect()),
        |at, event: &Counted| at + event.by,
    );
    let first = account
        .execute(&echo, ())
        .idempotency_key(key(b""))
        .await
        .expect("it is free");
    assert_eq!((first.events.len(), first.position), (0, None));
    account
        .execute(&counter(9), Count(2))
        .await
        .expect("it is free");
    let again = account
        .execute(&echo, ())
        .idempotency_key(key(b""))
        .await
        .expect("it is the same");
    assert_eq!((again.events.len(), again.position), (0, None));
    let without = account.execute(&echo, ()).await.expect("it is free");
    assert_eq!(without.events.len(), 2);
}

async fn a_rejection_is_not_remembered(log: EventLog) {
    let account = stream(&log, "account");
    let count = |limit| {
        account
            .execute(&counter(limit), Count(2))
            .idempotency_key(key(b""))
    };
    let refused = count(1).await;
    assert!(
        matches!(refused, Err(DispatchError::Rejected(Full { at: 0 }))),
        "{refused:?}"
    );
    assert_eq!(
        count(2).await.expect("there is room by now").events.len(),
        1
    );
}

async fn many_at_once_under_one_key_are_one(log: EventLog) {
    let account = stream(&log, "account");
    let mut commands = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let count = account
            .execute(&counter(99), Count(1))
            .idempotency_key(key(b""));
        commands.spawn(count.into_future());
    }
    let answers = commands.join_all().await;
    let events: Vec<_> = answers
        .into_iter()
        .map(|answer| answer.expect("one outcome").events)
        .collect();
    assert!(
        events.iter().all(|others| *others == events[0]),
        "{events:#?}"
    );
    assert_eq!(counts(&account).await, [1]);
}

on_every_store! {
    a_repeated_command_happens_once
    to_have_decided_nothing_is_remembered
    a_rejection_is_not_remembered
    many_at_once_under_one_key_are_one
}
