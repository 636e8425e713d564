//! Appends that expect a revision.

use factos::store::ExpectedRevision::{self, Any, At, NoStream};
use factos::store::{IdempotencyKey, Settled};
use factos::{AppendError, AppendId, Position, Query};

use super::*;
use crate::support::stores::on_every_store;

async fn a_revision_is_as_expected_or_nothing_is_written(log: EventLog) {
    let account = stream(&log, "account");
    let wrong = async |expected: ExpectedRevision, next: u64, text: &str| {
        let late = account.append([counted(7), counted(8)], expected).await;
        let Err(AppendError::WrongRevision(wrong)) = late else {
            panic!("{late:?}")
        };
        assert_eq!(
            (&wrong.stream, wrong.expected, wrong.next),
            (account.name(), expected, next)
        );
        assert_eq!(wrong.to_string(), format!("stream account is {text}"));
    };
    wrong(At(0), 0, "new, not at revision 0").await;
    account
        .append([counted(1), counted(2)], NoStream)
        .await
        .expect("it is new");
    wrong(NoStream, 2, "at revision 1, not new").await;
    wrong(At(0), 2, "at revision 1, not at revision 0").await;
    wrong(At(2), 2, "at revision 1, not at revision 2").await;
    account.append(counted(3), At(1)).await.expect("it is at 1");
    account.append(counted(4), Any).await.expect("any will do");
    assert_eq!(counts(&account).await, [1, 2, 3, 4]);
    assert_eq!(log.head().await.expect("a read").get(), 4);
}

async fn of_those_who_expect_the_same_one_wins(log: EventLog) {
    let account = stream(&log, "account");
    for revision in 0..5_u64 {
        let expected = revision.checked_sub(1).map_or(NoStream, At);
        let mut appends = tokio::task::JoinSet::new();
        for by in 0..8 {
            appends.spawn(account.append(counted(by), expected).into_future());
        }
        let answers = appends.join_all().await;
        let won = answers.iter().filter(|answer| answer.is_ok()).count();
        let lost = |answer: &&Result<_, _>| matches!(answer, Err(AppendError::WrongRevision(_)));
        assert_eq!((won, answers.iter().filter(lost).count()), (1, 7));
    }
    let events = account.load::<Counted>().await.expect("a read");
    assert_eq!(revisions(&events), [0, 1, 2, 3, 4]);
}

async fn options_of_appends_work_for_streams(log: EventLog) {
    let account = stream(&log, "account");
    let id = AppendId::new();
    let by_id = || account.append(counted(1), NoStream).append_id(id);
    let first = by_id().await.expect("it is new");
    assert_eq!(by_id().await.expect("it is the same append"), first);
    assert!(matches!(log.settle(id).await, Ok(Settled::Committed(_))));

    let key = IdempotencyKey::new("k", "Count", []).expect("a key");
    let by_key = || {
        account
            .append(counted(2), At(0))
            .idempotency_key(key.clone())
    };
    let first = by_key().await.expect("it is at 0");
    assert_eq!(by_key().await.expect("it is the same key"), first);

    let guarded = account
        .append(counted(3), At(1))
        .unless(Query::all(), Position::START)
        .await;
    assert!(
        matches!(guarded, Err(AppendError::Refused(_))),
        "{guarded:?}"
    );
    assert_eq!(counts(&account).await, [1, 2]);
}

on_every_store! {
    a_revision_is_as_expected_or_nothing_is_written
    of_those_who_expect_the_same_one_wins
    options_of_appends_work_for_streams
}
