//! Requests and answers that are lost on their way: the outcome is the true one, and nothing is stored twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use factos_core::store::{
    Answer, AppendRequest, EventStore, ExpectedRevision, Group, IdempotencyKey, ReadPart,
    ReadRequest, Receipt, Refusal, Settled, Snapshot, StoreError,
};
use factos_core::{AppendId, Position, StreamName};
use factos_sqlx::{PostgresOptions, PostgresStore};
use tokio::task::JoinHandle;

use crate::proxy::{Fate, Proxy};
use crate::support::*;

/// A log, a network in front of it, and a store behind that network, which has its connections.
struct Lossy {
    direct: PostgresStore,
    url: String,
    proxy: Proxy,
    store: PostgresStore,
}

async fn lossy() -> Result<Lossy, Box<dyn std::error::Error>> {
    behind_a_proxy(|options| options).await
}

async fn behind_a_proxy(
    choose: fn(PostgresOptions) -> PostgresOptions,
) -> Result<Lossy, Box<dyn std::error::Error>> {
    let (direct, url) = fresh().await?;
    let proxy = Proxy::before(&url).await;
    let store = opened(choose(PostgresOptions::from_options(proxy.options()))).await;
    accepted(&store, request([event("First", &[])])).await?;
    Ok(Lossy {
        direct,
        url,
        proxy,
        store,
    })
}

type Appending = JoinHandle<Result<Result<Answer, Refusal>, StoreError>>;

/// An append that goes on while the test looks at what becomes of it.
fn appending(store: &PostgresStore, request: AppendRequest) -> Appending {
    let store = store.clone();
    tokio::spawn(async move {
        let mut answers = store.append(Group::single(request)).await?;
        Ok(answers.pop().expect("an answer"))
    })
}

/// The receipt of what was stored, now or before.
fn stored(answer: Result<Answer, Refusal>) -> Receipt {
    match answer {
        Ok(Answer::Accepted(receipt) | Answer::Repeated(receipt)) => receipt,
        other => panic!("{other:?}"),
    }
}

fn first(receipt: &Receipt) -> u64 {
    receipt.appended.expect("it has events").first.get()
}

#[tokio::test]
async fn an_append_whose_answer_is_lost_is_a_success_and_stored_once() -> TestResult {
    let l = lossy().await?;
    let lost = l.proxy.trap("Unanswered", Fate::Unanswered);
    let append = request([event("Unanswered", &["k:1"]), event("Too", &[])]).guarded([guard(
        &[],
        &["k:1"],
        0,
    )]);
    let answer = append_one(&l.store, append.clone()).await?;
    lost.caught().await;
    let receipt = stored(answer);
    assert_eq!(receipt.append_id, append.append_id());
    assert_eq!(first(&receipt), 2);
    assert_eq!(types(&l.direct).await?, ["First", "Unanswered", "Too"]);
    Ok(())
}

#[tokio::test]
async fn an_append_that_is_lost_itself_is_sent_again() -> TestResult {
    let l = lossy().await?;
    let lost = l.proxy.trap("Lost", Fate::Late);
    let answer = append_one(&l.store, request([event("Lost", &[])])).await?;
    drop(lost.caught().await);
    assert_eq!(first(&stored(answer)), 2);
    assert_eq!(types(&l.direct).await?, ["First", "Lost"]);
    Ok(())
}

#[tokio::test]
async fn an_append_that_arrives_behind_its_repetition_is_not_stored_again() -> TestResult {
    let l = lossy().await?;
    let key = || IdempotencyKey::new("once", "Count", []);
    let appends = [
        request([event("Late", &[])]),
        request([event("Late", &["k:1"])]).with_key(key()?),
        request([]).with_key(IdempotencyKey::new("Late", "Nothing", [])?),
        request([event("Late", &[])]).to_stream(StreamName::new("s")?, ExpectedRevision::Any),
    ];
    for append in appends {
        let late = l.proxy.trap("Late", Fate::Late);
        stored(append_one(&l.store, append.clone()).await?);
        let before = types(&l.direct).await?;
        late.caught().await.deliver().await?;
        assert_eq!(types(&l.direct).await?, before);
        let settled = l.direct.settle(append.append_id()).await?;
        assert!(matches!(settled, Settled::Committed(_)), "{settled:?}");
    }
    assert_eq!(types(&l.direct).await?, ["First", "Late", "Late", "Late"]);
    Ok(())
}

#[tokio::test]
async fn an_append_that_still_waits_for_the_lock_is_not_stored_beside_its_repetition() -> TestResult
{
    let l = lossy().await?;
    let mut holder = hold_lock(&l.url, 0).await;
    let mut observer = connect(&l.url).await;
    let unheard = l.proxy.trap("Waiting", Fate::Unheard);
    let appending = appending(&l.store, request([event("Waiting", &["k:1"])]));
    unheard.caught().await;
    // The server has not noticed that the one who sent it is gone.
    until(&mut observer, &waiters(2)).await;
    release(&mut holder).await;
    assert_eq!(first(&stored(appending.await??)), 2);
    until(&mut observer, &waiters(0)).await;
    assert_eq!(types(&l.direct).await?, ["First", "Waiting"]);
    Ok(())
}

fn to_stream(name: &str, last: u64) -> AppendRequest {
    let stream = StreamName::new("s").expect("a name");
    request([event(name, &[])]).to_stream(stream, ExpectedRevision::At(last))
}

fn begin_stream() -> AppendRequest {
    let stream = StreamName::new("s").expect("a name");
    request([event("Begun", &[])]).to_stream(stream, ExpectedRevision::NoStream)
}

/// What a stream refuses it may take later; not what it has refused for good.
#[tokio::test]
async fn a_refused_append_to_a_stream_does_not_come_true_later() -> TestResult {
    let l = lossy().await?;
    let late = l.proxy.trap("Refused", Fate::Late);
    let append = to_stream("Refused", 0);
    let answer = append_one(&l.store, append.clone()).await?;
    let Err(Refusal::WrongRevision { next: 0, .. }) = answer else {
        panic!("{answer:?}");
    };
    accepted(&l.direct, begin_stream()).await?;
    late.caught().await.deliver().await?;
    assert_eq!(types(&l.direct).await?, ["First", "Begun"]);
    assert_eq!(l.direct.settle(append.append_id()).await?, Settled::Void);
    Ok(())
}

#[tokio::test]
async fn an_append_to_a_stream_that_comes_true_after_it_was_refused_is_a_success() -> TestResult {
    let l = lossy().await?;
    let late = l.proxy.trap("AfterAll", Fate::Late);
    let settling = l.proxy.trap("factos.settle", Fate::Held);
    let append = to_stream("AfterAll", 0);
    let appending = appending(&l.store, append.clone());
    let settling = settling.caught().await;
    // It is refused by now, and not yet void.
    accepted(&l.direct, begin_stream()).await?;
    late.caught().await.deliver().await?;
    settling.deliver().await?;
    let receipt = stored(appending.await??);
    assert_eq!(receipt.append_id, append.append_id());
    assert_eq!(first(&receipt), 3);
    assert_eq!(types(&l.direct).await?, ["First", "Begun", "AfterAll"]);
    Ok(())
}

#[tokio::test]
async fn each_member_of_a_group_whose_answer_is_lost_hears_the_same_again() -> TestResult {
    let l = lossy().await?;
    let mut group = Group::new();
    let taken = request([event("Taken", &["seat:1"])]).guarded([guard(&[], &["seat:1"], 0)]);
    let first = group.push(taken);
    let paid = request([event("Paid", &["seat:1"])]).guarded([guard(&[], &["seat:1"], 0)]);
    group.push_decided_on(paid, vec![first]);
    let late = request([event("Taken", &["seat:1"])]).guarded([guard(&[], &["seat:1"], 0)]);
    group.push(late);
    group.push(AppendRequest::check(vec![guard(&[], &["seat:2"], 0)]));

    let lost = l.proxy.trap("Taken", Fate::Unanswered);
    let answers = l.store.append(group).await?;
    lost.caught().await;
    let [
        Ok(Answer::Repeated(_)),
        Ok(Answer::Repeated(_)),
        Err(Refusal::Conflict(broken)),
        Ok(Answer::Confirmed),
    ] = answers.as_slice()
    else {
        panic!("{answers:?}");
    };
    assert_eq!(broken[0].position, Position::new(2));
    assert_eq!(types(&l.direct).await?, ["First", "Taken", "Paid"]);
    Ok(())
}

/// When there is no time to find out, the caller hears that, and `settle` tells it later.
#[tokio::test]
async fn what_could_not_be_found_out_in_time_is_settled_later() -> TestResult {
    for (fate, is_stored) in [(Fate::Unanswered, true), (Fate::Late, false)] {
        let l = behind_a_proxy(|options| options.max_wait(SHORT)).await?;
        let lost = l.proxy.trap("Doubtful", fate);
        l.proxy.refuse_new();
        let append = request([event("Doubtful", &[])]);
        let answer = l.store.append(Group::single(append.clone())).await;
        assert_error!(answer, StoreError::OutcomeUnknown(_));
        // Nothing is known to be sent of the next ones.
        let next = l
            .store
            .append(Group::single(request([event("Not", &[])])))
            .await;
        assert_error!(next, StoreError::Unavailable(_));

        let settled = l.direct.settle(append.append_id()).await?;
        match (is_stored, &settled) {
            (true, Settled::Committed(receipt)) => assert_eq!(first(receipt), 2),
            (false, Settled::Void) => {}
            _ => panic!("{settled:?}"),
        }
        lost.caught().await.deliver().await?;
        let now = types(&l.direct).await?;
        assert_eq!(now.contains(&"Doubtful".to_owned()), is_stored, "{now:?}");
        assert!(!now.contains(&"Not".to_owned()));
        let again = append_one(&l.direct, append.clone()).await?;
        match again {
            Ok(Answer::Repeated(_)) => assert!(is_stored),
            Err(Refusal::Void(id)) => assert!(!is_stored && id == append.append_id()),
            other => panic!("{other:?}"),
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_lock_that_comes_too_late_for_the_repetition_leaves_the_outcome_unknown() -> TestResult {
    let l = behind_a_proxy(|options| options.max_wait(SHORT)).await?;
    let mut holder = hold_lock(&l.url, 0).await;
    let unheard = l.proxy.trap("Doubtful", Fate::Unheard);
    let append = request([event("Doubtful", &[])]);
    let answer = l.store.append(Group::single(append.clone())).await;
    unheard.caught().await;
    assert_error!(answer, StoreError::OutcomeUnknown(_));
    release(&mut holder).await;
    assert_eq!(l.store.settle(append.append_id()).await?, Settled::Void);
    assert_eq!(types(&l.direct).await?, ["First"]);
    Ok(())
}

#[tokio::test]
async fn settling_is_asked_again_when_its_answer_is_lost() -> TestResult {
    let l = lossy().await?;
    for fate in [Fate::Unanswered, Fate::Late] {
        let append_id = AppendId::new();
        let lost = l.proxy.trap(append_id.as_bytes(), fate);
        assert_eq!(l.store.settle(append_id).await?, Settled::Void);
        lost.caught().await;
    }
    Ok(())
}

#[tokio::test]
async fn reads_and_checks_are_asked_again() -> TestResult {
    let l = lossy().await?;
    for fate in [Fate::Unanswered, Fate::Late] {
        let lost = l.proxy.trap("Asked", fate);
        let part = ReadPart::query(query(&["Asked"], &[]));
        let snapshot = l.store.read(ReadRequest::new([part])).await?;
        lost.caught().await;
        assert_eq!(snapshot.head, Position::new(1));

        let lost = l.proxy.trap("Asked", fate);
        let check = AppendRequest::check(vec![guard(&["Asked"], &[], 0)]);
        let answer = append_one(&l.store, check).await?;
        lost.caught().await;
        assert_eq!(answer, Ok(Answer::Confirmed));
    }
    Ok(())
}

/// How the end of a transaction is sent; its beginning speaks of `COMMITTED`.
const COMMIT: &str = "COMMIT\0";

/// Decides to append one event, and counts how often it is asked.
fn decide(asked: &Arc<AtomicUsize>) -> Box<dyn FnOnce(Snapshot) -> Option<AppendRequest> + Send> {
    let asked = Arc::clone(asked);
    Box::new(move |snapshot| {
        asked.fetch_add(1, Ordering::SeqCst);
        let after = snapshot.head.get();
        Some(request([event("Decided", &[])]).guarded([guard(&[], &[], after)]))
    })
}

#[tokio::test]
async fn a_decision_under_the_lock_is_made_once_whatever_is_lost() -> TestResult {
    for (text, fate) in [
        // How it asks for the lock.
        ("advisory", Fate::Late),
        ("advisory", Fate::Unanswered),
        (COMMIT, Fate::Unanswered),
    ] {
        let l = lossy().await?;
        let asked = Arc::default();
        let lost = l.proxy.trap(text, fate);
        let answer = l
            .store
            .locked(ReadRequest::new([all()]), decide(&asked))
            .await?;
        drop(lost.caught().await);
        assert_eq!(first(&stored(answer.expect("it decided"))), 2);
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        assert_eq!(types(&l.direct).await?, ["First", "Decided"]);
    }
    // Before the commit is sent, nothing is written when the connection breaks.
    for text in ["Decided", COMMIT] {
        let l = lossy().await?;
        let asked = Arc::default();
        let lost = l.proxy.trap(text, Fate::Late);
        let answer = l.store.locked(ReadRequest::new([]), decide(&asked));
        let (answer, ()) = tokio::join!(answer, async { drop(lost.caught().await) });
        assert_error!(answer, StoreError::Unavailable(_));
        assert_eq!(types(&l.direct).await?, ["First"]);
    }
    Ok(())
}

#[tokio::test]
async fn a_commit_that_arrives_late_is_waited_for() -> TestResult {
    let l = lossy().await?;
    let late = l.proxy.trap(COMMIT, Fate::Late);
    let (store, asked) = (l.store.clone(), Arc::default());
    let decide = decide(&asked);
    let deciding = tokio::spawn(async move { store.locked(ReadRequest::new([]), decide).await });
    let late = late.caught().await;
    // It looks whether the append is there, which it can when the old transaction has ended.
    until(&mut connect(&l.url).await, &waiters(1)).await;
    late.deliver().await?;
    assert_eq!(first(&stored(deciding.await??.expect("it decided"))), 2);
    assert_eq!(types(&l.direct).await?, ["First", "Decided"]);
    Ok(())
}

/// All has gone well but the commit itself.
#[tokio::test]
async fn a_commit_that_fails_is_no_success() -> TestResult {
    let (store, url) = fresh().await?;
    sql(
        &url,
        "CREATE FUNCTION public.too_late() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'too late'; END$$; \
         CREATE CONSTRAINT TRIGGER too_late AFTER INSERT ON factos.events DEFERRABLE INITIALLY DEFERRED \
         FOR EACH ROW EXECUTE FUNCTION public.too_late()",
    )
    .await;
    let answer = store
        .append(Group::single(request([event("Not", &[])])))
        .await;
    assert_error!(answer, StoreError::Other(_));
    let asked = Arc::default();
    let answer = store.locked(ReadRequest::new([]), decide(&asked)).await;
    assert_error!(answer, StoreError::Other(_));
    assert_eq!(store.info().head(), Position::START);
    sql(&url, "DROP TRIGGER too_late ON factos.events").await;
    assert_eq!(
        first(&stored(
            append_one(&store, request([event("A", &[])])).await?
        )),
        1
    );
    assert_eq!(types(&store).await?, ["A"]);
    Ok(())
}
