//! Which requests are accepted: guards, repeated ids and keys, and what the members of a group mean to each other.

mod support;

use factos_core::store::{
    Answer, AppendRequest, BrokenGuard, EventStore, ExpectedRevision, Group, Guard, IdempotencyKey,
    ReadPart, ReadRequest, Refusal, Settled,
};
use factos_core::{AppendId, Position, Query, StreamName};
use support::{
    TestResult, accepted, append_one, event, fresh, guard, item, positions, query, request,
};

/// The number and position of each guard that does not hold.
fn broken(answer: &Result<Answer, Refusal>) -> Vec<(usize, u64)> {
    match answer {
        Err(Refusal::Conflict(broken)) => {
            let pair = |b: &BrokenGuard| (b.guard, b.position.get());
            broken.iter().map(pair).collect()
        }
        other => panic!("not a conflict: {other:?}"),
    }
}

fn key(text: &str, content: &[u8]) -> IdempotencyKey {
    IdempotencyKey::new(text, "Command", content).expect("a short key")
}

#[tokio::test]
async fn a_guard_names_the_first_later_match() -> TestResult {
    let f = fresh().await?;
    for n in 1..=8_u32 {
        let name = if n % 2 == 0 { "Even" } else { "Odd" };
        accepted(
            &f.store,
            request([event(name, &["all:1", &format!("n:{n}")])]),
        )
        .await?;
    }
    let guards = [
        guard(&["Even"], &[], 3),
        guard(&["Even"], &[], 8),
        guard(&[], &["all:1", "n:7"], 0),
        guard(&["Even"], &["all:1", "n:7"], 0),
        guard(&["Even", "Odd", "No"], &["all:1"], 2),
        Guard::new(Query::all(), Position::new(5)),
        Guard::new(Query::all(), Position::new(8)),
        Guard::new(Query::all(), Position::new(u64::MAX)),
        guard(&[], &["all:1"], 100),
        Guard::new(
            Query::new([
                item(&["Even"], &["n:8"]),
                item(&["Odd"], &["n:5"]),
                item(&["No"], &[]),
            ]),
            Position::START,
        ),
        guard(&["No"], &["no:1"], 0),
    ];
    let wanted = [(0, 4), (2, 7), (4, 3), (5, 6), (9, 5)];
    let appending = request([event("A", &[])]).guarded(guards.clone());
    assert_eq!(broken(&append_one(&f.store, appending).await?), wanted);
    let checking = AppendRequest::check(guards.to_vec());
    assert_eq!(broken(&append_one(&f.store, checking).await?), wanted);
    assert_eq!(f.store.read(ReadRequest::new([])).await?.head.get(), 8);

    let hold = [guard(&["Even"], &[], 8), guard(&[], &["n:9"], 0)];
    let confirmed = append_one(&f.store, AppendRequest::check(hold.to_vec())).await?;
    assert_eq!(confirmed, Ok(Answer::Confirmed));
    let at = accepted(&f.store, request([event("A", &[])]).guarded(hold)).await?;
    assert_eq!(at.first.get(), 9);
    Ok(())
}

#[tokio::test]
async fn the_edges_of_a_group_decide() -> TestResult {
    let f = fresh().await?;
    let seat = |after| guard(&["Taken"], &["seat:1"], after);
    let mut group = Group::new();
    let winner =
        group.push(request([event("Other", &[]), event("Taken", &["seat:1"])]).guarded([seat(0)]));
    let loser = group
        .push(request([event("Taken", &["seat:1"])]).guarded([guard(&["X"], &[], 0), seat(0)]));
    let after_loser = group
        .push(request([event("C", &[])]).guarded([seat(0), guard(&["Taken"], &["seat:2"], 0)]));
    let decided =
        group.push_decided_on(request([event("D", &[])]).guarded([seat(0)]), vec![winner]);
    let failed = group.push_decided_on(request([event("E", &[])]), vec![winner, loser]);
    let check = group.push(AppendRequest::check(vec![seat(0)]));
    let on_check = group.push_decided_on(request([event("F", &[])]), vec![check]);
    let beyond = group.push(request([event("G", &[])]).guarded([seat(50)]));
    let unknown = group.push_decided_on(request([event("H", &[])]), vec![99]);
    let answers = f.store.append(group).await?;
    assert!(answers[winner].is_ok());
    assert_eq!(broken(&answers[loser]), [(1, 2)]);
    assert_eq!(broken(&answers[after_loser]), [(0, 2)]);
    assert!(answers[decided].is_ok());
    assert_eq!(answers[failed], Err(Refusal::DependencyFailed));
    assert_eq!(broken(&answers[check]), [(0, 2)]);
    assert_eq!(answers[on_check], Err(Refusal::DependencyFailed));
    assert!(answers[beyond].is_ok());
    assert_eq!(answers[unknown], Err(Refusal::DependencyFailed));
    let read = f
        .store
        .read(ReadRequest::new([ReadPart::query(Query::all())]))
        .await?;
    let types: Vec<_> = read.parts[0]
        .iter()
        .map(|e| e.event_type.to_string())
        .collect();
    assert_eq!(types, ["Other", "Taken", "D", "G"]);
    Ok(())
}

#[tokio::test]
async fn a_refused_member_is_no_conflict() -> TestResult {
    let f = fresh().await?;
    accepted(&f.store, request([event("Old", &[])])).await?;
    let mut group = Group::new();
    group.push(request([event("Taken", &[])]).guarded([guard(&["Old"], &[], 0)]));
    group.push(request([event("Taken", &[])]).guarded([guard(&["Taken"], &[], 0)]));
    let answers = f.store.append(group).await?;
    assert_eq!(broken(&answers[0]), [(0, 1)]);
    assert!(answers[1].is_ok());
    assert_eq!(f.store.read(ReadRequest::new([])).await?.head.get(), 2);
    Ok(())
}

#[tokio::test]
async fn a_repeated_append_gets_its_first_outcome() -> TestResult {
    let f = fresh().await?;
    let once = request([event("A", &["k:1"]), event("B", &[])])
        .guarded([guard(&["A"], &["k:1"], 0)])
        .to_stream(StreamName::new("s")?, ExpectedRevision::NoStream)
        .with_key(key("k", b"h"));
    let first = append_one(&f.store, once.clone()).await??;
    let Answer::Accepted(receipt) = first else {
        panic!("{first:?}");
    };
    assert_eq!(receipt.key, Some(key("k", b"h")));
    let again = append_one(&f.store, once.clone()).await??;
    assert_eq!(again, Answer::Repeated(receipt.clone()));

    // Only the key is the same.
    let same_key = request([event("C", &[])]).with_key(key("k", b"h"));
    let again = append_one(&f.store, same_key.clone()).await??;
    assert_eq!(again, Answer::Repeated(receipt.clone()));
    let check = AppendRequest::check(Vec::new()).with_key(key("k", b"h"));
    assert_eq!(
        append_one(&f.store, check).await??,
        Answer::Repeated(receipt.clone())
    );
    let reused = request([event("C", &[])]).with_key(key("k", b"other"));
    let reused = append_one(&f.store, reused).await?;
    assert_eq!(reused, Err(Refusal::KeyReused { key: "k".into() }));

    let known = f.store.read(ReadRequest::new([]).with_key("k")).await?;
    assert_eq!(known.known.as_ref(), Some(&receipt));
    assert_eq!(known.head.get(), 2);
    assert_eq!(
        f.store.settle(once.append_id()).await?,
        Settled::Committed(receipt)
    );
    Ok(())
}

#[tokio::test]
async fn repetitions_inside_a_group_count_too() -> TestResult {
    let f = fresh().await?;
    let by_id = request([event("A", &[])]);
    let by_key = |name| request([event(name, &[])]).with_key(key("k", b""));
    let twice = event("T", &[]);
    let mut group = Group::new();
    group.push(by_id.clone());
    group.push(by_id.clone());
    group.push(by_key("B"));
    group.push(by_key("C"));
    group.push(request([event("D", &[])]).with_key(key("k", b"x")));
    group.push(request([twice.clone()]));
    group.push(request([event("E", &[]), twice.clone()]));
    let own = event("F", &[]);
    group.push(request([own.clone(), own.clone()]));
    group.push_decided_on(request([event("G", &[])]), vec![3]);
    let answers = f.store.append(group).await?;
    let Ok(Answer::Accepted(first)) = &answers[0] else {
        panic!("{answers:?}");
    };
    assert_eq!(answers[1], Ok(Answer::Repeated(first.clone())));
    let Ok(Answer::Accepted(keyed)) = &answers[2] else {
        panic!("{answers:?}");
    };
    assert_eq!(answers[3], Ok(Answer::Repeated(keyed.clone())));
    assert_eq!(answers[4], Err(Refusal::KeyReused { key: "k".into() }));
    assert!(answers[5].is_ok());
    assert_eq!(answers[6], Err(Refusal::DuplicateEventId(twice.id)));
    assert_eq!(answers[7], Err(Refusal::DuplicateEventId(own.id)));
    assert_eq!(answers[8], Err(Refusal::DependencyFailed));
    let later = append_one(&f.store, request([event("H", &[]), twice.clone()])).await?;
    assert_eq!(later, Err(Refusal::DuplicateEventId(twice.id)));
    let all = ReadPart::query(Query::all());
    assert_eq!(positions(&f.store, all).await?, [1, 2, 3]);
    Ok(())
}

#[tokio::test]
async fn an_append_without_events_is_remembered() -> TestResult {
    let f = fresh().await?;
    let empty = request([]).with_key(key("nothing", b""));
    let Answer::Accepted(receipt) = append_one(&f.store, empty.clone()).await?? else {
        panic!("accepted");
    };
    assert_eq!(receipt.appended, None);
    let again = append_one(&f.store, empty.clone()).await??;
    assert_eq!(again, Answer::Repeated(receipt.clone()));
    let known = f
        .store
        .read(ReadRequest::new([]).with_key("nothing"))
        .await?;
    assert_eq!(
        (known.head, known.known.as_ref()),
        (Position::START, Some(&receipt))
    );
    assert_eq!(
        f.store.settle(empty.append_id()).await?,
        Settled::Committed(receipt)
    );
    Ok(())
}

#[tokio::test]
async fn a_settled_append_never_happens() -> TestResult {
    let f = fresh().await?;
    let id = AppendId::new();
    assert_eq!(f.store.settle(id).await?, Settled::Void);
    assert_eq!(f.store.settle(id).await?, Settled::Void);
    let late = append_one(&f.store, request([event("A", &[])]).with_id(id)).await?;
    assert_eq!(late, Err(Refusal::Void(id)));
    assert_eq!(
        f.store.read(ReadRequest::new([])).await?.head,
        Position::START
    );
    Ok(())
}

#[tokio::test]
async fn a_decision_under_the_lock_sees_everything() -> TestResult {
    let f = fresh().await?;
    accepted(&f.store, request([event("A", &["k:1"])])).await?;
    let wanted = || ReadRequest::new([ReadPart::query(query(&[], &["k:1"]))]);
    let answer = f
        .store
        .locked(
            wanted(),
            Box::new(|seen| {
                let guard = guard(&[], &["k:1"], seen.head.get());
                assert_eq!(seen.parts[0].len(), 1);
                Some(request([event("B", &["k:1"])]).guarded([guard]))
            }),
        )
        .await?;
    assert!(matches!(answer, Some(Ok(Answer::Accepted(_)))));
    let nothing = f.store.locked(wanted(), Box::new(|_| None)).await?;
    assert_eq!(nothing, None);
    let refused = f
        .store
        .locked(
            wanted(),
            Box::new(|_| Some(AppendRequest::check(vec![guard(&["B"], &[], 0)]))),
        )
        .await?;
    assert_eq!(broken(&refused.ok_or("an answer")?), [(0, 2)]);
    Ok(())
}

#[tokio::test]
async fn a_panicking_decision_leaves_no_lock() -> TestResult {
    let f = fresh().await?;
    let decide = Box::new(|_| panic!("the decision's own"));
    let failed = f.store.locked(ReadRequest::new([]), decide).await;
    assert!(failed.is_err());
    accepted(&f.store, request([event("A", &[])])).await?;
    Ok(())
}

#[tokio::test]
async fn wide_items_are_asked_for_in_pieces() -> TestResult {
    let f = fresh().await?;
    let tags: Vec<String> = (0..64).map(|n| format!("n:{n}")).collect();
    let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
    let types: Vec<String> = (0..200).map(|n| format!("T{n}")).collect();
    let types: Vec<&str> = types.iter().map(String::as_str).collect();
    for name in ["T150", "Other", "T3"] {
        accepted(&f.store, request([event(name, &tags)])).await?;
    }
    let wide = || query(&types, &tags);
    assert_eq!(positions(&f.store, ReadPart::query(wide())).await?, [1, 3]);
    let part = ReadPart::query(wide()).backward().limit(1);
    assert_eq!(positions(&f.store, part).await?, [3]);
    let guards = [0, 1, 3].map(|after| Guard::new(wide(), Position::new(after)));
    let answer = append_one(&f.store, AppendRequest::check(guards.to_vec())).await?;
    assert_eq!(broken(&answer), [(0, 1), (1, 3)]);
    Ok(())
}
