//! Commands on streams, one after the other and at once.

use factos::store::ExpectedRevision::{Any, NoStream};
use factos::{DispatchError, Metadata};

use super::*;
use crate::support::stores::on_every_store;

async fn what_is_committed_comes_with_all_its_fields(log: EventLog) {
    log.append(counted(9))
        .await
        .expect("an append to no stream");
    let account = stream(&log, "account");
    account
        .append(counted(1), NoStream)
        .await
        .expect("a new stream");
    let metadata = Metadata::new().with(Metadata::ACTOR, "ann");
    let twice = Decider::new(
        0,
        |(): &(), _| Ok::<_, Full>(vec![counted(2), counted(3)]),
        |at, _: &Counted| at,
    );
    let accepted = account
        .execute(&twice, ())
        .metadata(metadata.clone())
        .await
        .expect("it is free");
    assert_eq!(
        (accepted.rounds, accepted.position.map(Into::into)),
        (1, Some(4_u64))
    );

    let loaded = account.load_from::<Counted>(1).await.expect("a read");
    let decoded: Vec<Recorded<Counted>> = accepted
        .events
        .iter()
        .map(|event| event.decode().expect("it can be decoded"))
        .collect();
    assert_eq!(decoded, loaded);
    assert_eq!(revisions(&loaded), [1, 2]);
    assert!(loaded.iter().all(|event| event.metadata == metadata));
}

async fn a_rejection_writes_nothing(log: EventLog) {
    let account = stream(&log, "account");
    account
        .execute(&counter(3), Count(2))
        .await
        .expect("it is free");
    let refused = account.execute(&counter(3), Count(2)).await;
    assert!(
        matches!(refused, Err(DispatchError::Rejected(Full { at: 2 }))),
        "{refused:?}"
    );
    // Nothing of the command is kept, and the next one is decided on what there is.
    account.append(counted(4), Any).await.expect("an append");
    let refused = account.execute(&counter(3), Count(2)).await;
    assert!(
        matches!(refused, Err(DispatchError::Rejected(Full { at: 6 }))),
        "{refused:?}"
    );
    assert_eq!(counts(&account).await, [2, 4]);
}

async fn to_decide_nothing_is_accepted(log: EventLog) {
    let account = stream(&log, "account");
    for _ in 0..2 {
        let accepted = account
            .execute(&counter(3), Count(0))
            .await
            .expect("there is nothing to refuse");
        assert_eq!(
            (accepted.events.len(), accepted.position, accepted.rounds),
            (0, None, 1)
        );
    }
    assert_eq!(log.head().await.expect("a read").get(), 0);
}

/// A crowd on one stream takes exactly what is there, and nobody is told that he was too slow.
async fn a_crowd_on_one_stream_never_ends_in_a_conflict(log: EventLog) {
    let account = stream(&log, "account");
    let mut crowd = tokio::task::JoinSet::new();
    for _ in 0..48 {
        crowd.spawn(account.execute(&counter(20), Count(1)).into_future());
    }
    let (mut accepted, mut full) = (Vec::new(), 0);
    for answer in crowd.join_all().await {
        match answer {
            Ok(answer) => accepted.extend(answer.events),
            Err(DispatchError::Rejected(Full { at: 20 })) => full += 1,
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!((accepted.len(), full), (20, 28));
    let events = account.load::<Counted>().await.expect("a read");
    assert_eq!(revisions(&events), (0..20).collect::<Vec<_>>());
    accepted.sort_by_key(|event| event.position);
    let told: Vec<_> = accepted
        .iter()
        .map(|event| (event.id, event.stream.clone()))
        .collect();
    let stored: Vec<_> = events
        .into_iter()
        .map(|event| (event.id, event.stream))
        .collect();
    assert_eq!(told, stored);
}

async fn different_streams_do_not_meet(log: EventLog) {
    let mut commands = tokio::task::JoinSet::new();
    for n in 0..32 {
        let account = stream(&log, &format!("account-{n}"));
        commands.spawn(
            account
                .execute(&counter(1), Count(1))
                .rounds(1)
                .into_future(),
        );
    }
    for answer in commands.join_all().await {
        assert_eq!(answer.expect("nobody is in the way").rounds, 1);
    }
}

on_every_store! {
    what_is_committed_comes_with_all_its_fields
    a_rejection_writes_nothing
    to_decide_nothing_is_accepted
    a_crowd_on_one_stream_never_ends_in_a_conflict
    different_streams_do_not_meet
}
