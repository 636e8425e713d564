//! What is kept when nothing disturbs the copy.

use std::sync::{Arc, Mutex};

use factos::store::{Answer, EventStore, Group, ReadRequest};
use factos::{
    AppendId, CopyProgress, CopyStep, DispatchError, EventLog, Limits, LogOptions, Query,
};
use futures_util::TryStreamExt;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::{copied, copy, fresh, log};
use crate::courses::{
    CourseError, CourseId, DefineCourse, StudentId, Subscribe, capacity_of, seats_taken,
};
use crate::histories::{EVENTFUL, append_at, appended, eventful, events, happen, history, key};
use crate::kinds::Kind;
use crate::same::{assert_same, contents};
use crate::support::event;

pub async fn everything_is_kept<S: Kind, T: Kind>() {
    let (_source, source) = fresh::<S>().await;
    let (kind, target) = fresh::<T>().await;
    eventful(&source).await;
    let held = contents(&source).await;

    let first = copied(&source, &target).await;
    assert_eq!((first.events, first.receipts), (EVENTFUL, 6));
    assert_eq!(first.head, held.0.head);
    assert_same(&source, &target).await;

    // Nothing is left for another run, and nothing happens to the source.
    let second = copied(&source, &target).await;
    assert_eq!(
        (second.events, second.receipts, second.head),
        (0, 0, first.head)
    );
    assert_eq!(held, contents(&source).await);
    // Whoever opens the target anew finds it all.
    drop(target);
    assert_same(&source, &kind.open().await).await;
}

pub fn whatever_happened_is_kept<S: Kind, T: Kind>() {
    let config = ProptestConfig {
        cases: 24,
        max_shrink_iters: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let strategy = (history(), history(), 1..20_u64);
    let checked = TestRunner::new(config).run(&strategy, |(before, after, page)| {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let (_source, source) = fresh::<S>().await;
            let (_target, target) = fresh::<T>().await;
            for history in [before, after] {
                for step in history {
                    // Some of it is refused.
                    happen(&source, step).await.ok();
                }
                let copied = copy(&source, &target).page_size(page).verify().await;
                copied.expect("nothing speaks against it");
                assert_same(&source, &target).await;
            }
        });
        Ok(())
    });
    if let Err(failure) = checked {
        panic!("{failure}");
    }
}

pub async fn the_limits_of_neither_log_matter<S: Kind, T: Kind>() {
    let (_source, source) = fresh::<S>().await;
    let (_target, target) = fresh::<T>().await;
    let mut large = event("Large", &[]);
    large.data = factos::Data::binary(vec![7; 5 << 20]);
    let tags: Vec<String> = (0..200).map(|n| format!("tag:{n}")).collect();
    let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
    appended(&source, append_at(0, events("Many", 1_000))).await;
    appended(&source, append_at(1, vec![large, event("Tagged", &tags)])).await;
    appended(&source, append_at(2, events("TooMany", 1_500))).await;

    let small = Limits {
        tags_per_event: 0,
        bytes_per_event: 1,
        events_per_append: 1,
        bytes_per_append: 1,
    };
    let options = LogOptions::default().limits(small);
    let limited = EventLog::with_options(target.clone(), options);
    let copied = log(&source).copy_to(&limited).page_size(7).verify().await;
    assert_eq!(copied.expect("it has no limits").events, 2_502);
    assert_same(&source, &target).await;
}

pub async fn progress_is_told<S: Kind, T: Kind>() {
    let (_source, source) = fresh::<S>().await;
    let (_target, target) = fresh::<T>().await;
    eventful(&source).await;
    copied(&source, &target).await;
    appended(&source, append_at(50, events("Late", 3))).await;
    appended(&source, append_at(51, events("Later", 2))).await;

    let told: Arc<Mutex<Vec<CopyProgress>>> = Arc::default();
    let tell = told.clone();
    let copied = copy(&source, &target)
        .verify()
        .progress(move |progress| tell.lock().expect("no test panicked").push(progress))
        .await;
    assert_eq!(copied.expect("nothing speaks against it").events, 5);
    let told = told.lock().expect("no test panicked");

    let steps: Vec<&[CopyProgress]> = told.chunk_by(|a, b| a.step == b.step).collect();
    let order: Vec<CopyStep> = steps.iter().map(|step| step[0].step).collect();
    let (events, receipts) = (CopyStep::Events, CopyStep::Receipts);
    assert_eq!(
        order,
        [events, receipts, events, CopyStep::Verify, receipts]
    );
    for step in &steps {
        assert!(step.is_sorted_by_key(|progress| progress.done), "{step:?}");
        let last = step.last().expect("a step is told");
        assert_eq!(last.total, Some(last.done));
    }
    let done: Vec<u64> = steps[0].iter().map(|progress| progress.done).collect();
    assert_eq!((done[0], done[done.len() - 1]), (EVENTFUL, EVENTFUL + 5));
    assert!(
        done.contains(&(EVENTFUL + 3)),
        "each commit is told: {done:?}"
    );
    assert_eq!(steps[1].last().expect("one").done, 6);
}

pub async fn commands_go_on_where_they_were<S: Kind, T: Kind>() {
    let (_source, source) = fresh::<S>().await;
    let (_target, target) = fresh::<T>().await;
    let old = log(&source);
    let course = || CourseId("rust".into());
    let wish = |student: &str| Subscribe {
        course: course(),
        student: StudentId(student.into()),
    };
    old.dispatch(DefineCourse {
        course: course(),
        capacity: 2,
    })
    .await
    .expect("a new course");
    old.dispatch(wish("ann")).await.expect("a free seat");
    let id = AppendId::new();
    let append = |log: &EventLog| log.append(events("Noted", 2)).append_id(id);
    let noted = append(&old).await.expect("an append");
    let once = append_at(0, Vec::new()).with_key(key("once", &[1]));
    appended(&source, once.clone()).await;
    copied(&source, &target).await;

    let new = log(&target);
    let facts = (capacity_of(&course()), seats_taken(&course()));
    assert_eq!(new.read(facts).await.expect("a read"), (Some(2), 1));
    let twice = new.dispatch(wish("ann")).await;
    let Err(DispatchError::Rejected(CourseError::AlreadySubscribed)) = twice else {
        panic!("{twice:?}");
    };
    // What was done is not done again.
    let again = append(&new).await.expect("it is there");
    assert_eq!(again, noted);
    let again = target.append(Group::single(once.with_id(AppendId::new())));
    let again = again.await.expect("the store answers").pop();
    assert!(matches!(again, Some(Ok(Answer::Repeated(_)))), "{again:?}");

    let bob = new.dispatch(wish("bob")).await.expect("the last seat");
    assert_eq!(
        bob.position,
        Some(old.head().await.expect("a read").plus(1))
    );
    let full = new.dispatch(wish("eve")).await;
    let Err(DispatchError::Rejected(CourseError::FullyBooked)) = full else {
        panic!("{full:?}");
    };
    let stored: Vec<_> = new
        .events(Query::all())
        .stored()
        .try_collect()
        .await
        .expect("a read");
    assert!(stored.is_sorted_by_key(|event| event.recorded_at));
    let head = target
        .read(ReadRequest::default())
        .await
        .expect("a read")
        .head;
    assert_eq!(head.get(), stored.len() as u64);
}
