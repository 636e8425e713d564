//! Tasks are taken when they are due, by one at a time, and only whoever has one settles it.

use std::error::Error;
use std::sync::Arc;

use factos_core::read_model::{GoLive, ReadModel, ReadModelTransaction, Task, TaskHolder};
use factos_core::store::StoreError;
use factos_core::{EventId, Position, Timestamp};
use futures_util::future::try_join_all;
use tokio::sync::Barrier;
use uuid::Uuid;

use crate::support::*;

on_each!(
    those_due_longest_come_first,
    a_task_comes_back_as_it_was_put,
    one_of_many_takes_a_task,
    a_task_is_due_again_when_the_time_is_up,
    only_the_holder_settles_a_task,
    a_task_given_back_is_due_at_another_time,
    a_task_is_removed_whoever_has_it,
    a_task_takes_the_place_of_another,
    the_next_task_is_known,
    consumers_have_their_own_tasks,
    tasks_are_forgotten_with_their_version,
    tasks_are_rolled_back,
    what_cannot_be_stored_is_refused,
);

const NAME: &str = "course_list";
const CONSUMER: (&str, u32) = (NAME, 1);

type Answer<T> = Result<T, Box<dyn Error>>;

fn time(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

/// A task that nobody has taken.
pub(crate) fn task(key: &str, due: i64) -> Task {
    Task {
        key: key.into(),
        due: time(due),
        token: None,
        attempts: 0,
        position: Position::new(1),
        event: EventId::new(),
        payload: format!("of {key}"),
    }
}

pub(crate) async fn put<M: ReadModel>(model: &M, tasks: &[Task]) -> TestResult {
    let mut transaction = model.begin(PATIENCE).await?;
    for task in tasks {
        transaction.put_task(CONSUMER, task).await?;
    }
    Ok(transaction.commit().await?)
}

async fn take_up_to<M: ReadModel>(
    model: &M,
    (now, until): (i64, i64),
    token: Uuid,
    most: u32,
) -> Answer<Vec<Task>> {
    let mut transaction = model.begin(PATIENCE).await?;
    let taking = transaction.take_tasks(CONSUMER, time(now), time(until), token, most);
    let answered = taking.await?;
    transaction.commit().await?;
    Ok(answered)
}

/// Takes all that is due, under a new token.
pub(crate) async fn take<M: ReadModel>(model: &M, times: (i64, i64)) -> Answer<(Vec<Task>, Uuid)> {
    let token = Uuid::now_v7();
    Ok((take_up_to(model, times, token, u32::MAX).await?, token))
}

fn held(token: Uuid, now: i64) -> TaskHolder {
    TaskHolder {
        token,
        now: time(now),
    }
}

async fn give_back<M: ReadModel>(
    model: &M,
    key: &str,
    holder: TaskHolder,
    due: i64,
) -> Answer<bool> {
    let mut transaction = model.begin(PATIENCE).await?;
    let moved = transaction
        .move_task(CONSUMER, key, holder, time(due))
        .await?;
    transaction.commit().await?;
    Ok(moved)
}

async fn remove<M: ReadModel>(model: &M, key: &str, holder: Option<TaskHolder>) -> Answer<bool> {
    let mut transaction = model.begin(PATIENCE).await?;
    let removed = transaction.remove_task(CONSUMER, key, holder).await?;
    transaction.commit().await?;
    Ok(removed)
}

async fn next<M: ReadModel>(model: &M) -> Answer<Option<i64>> {
    let due = model.next_task(NAME, 1).await?;
    Ok(due.map(Timestamp::as_micros))
}

fn keys(tasks: &[Task]) -> Vec<&str> {
    tasks.iter().map(|task| task.key.as_str()).collect()
}

async fn those_due_longest_come_first<D: Database>(database: D) -> TestResult {
    let model = database.open().await?;
    // Neither the order of their keys nor the one in which they are put.
    let mut tasks = vec![
        task("b", 30),
        task("c", 10),
        task("d", 20),
        task("e", 20),
        task("a", 31),
    ];
    tasks[2].position = Position::new(8);
    tasks[3].position = Position::new(7);
    put(&model, &tasks).await?;
    let token = Uuid::now_v7();
    assert_eq!(take_up_to(&model, (9, 100), token, 9).await?, []);
    assert_eq!(take_up_to(&model, (30, 100), token, 0).await?, []);
    let first = take_up_to(&model, (30, 100), token, 3).await?;
    assert_eq!(keys(&first), ["c", "e", "d"]);
    let second = take_up_to(&model, (30, 100), token, 3).await?;
    assert_eq!(keys(&second), ["b"], "not the one that is due later");
    assert_eq!(keys(&take_up_to(&model, (31, 100), token, 3).await?), ["a"]);
    Ok(())
}

async fn a_task_comes_back_as_it_was_put<D: Database>(database: D) -> TestResult {
    let model = database.open().await?;
    let tasks = [
        Task {
            key: "é ' \" \\ \n \u{1f600} %_".into(),
            due: time(i64::MIN),
            token: None,
            attempts: 7,
            position: Position::new(u64::MAX >> 1),
            event: EventId::new(),
            payload: "{\"a\": \"\\u0000 ' \u{1f600}\"}\n".into(),
        },
        Task {
            key: "k".repeat(1024),
            due: time(-1),
            token: Some(Uuid::now_v7()),
            attempts: u32::MAX,
            position: Position::START,
            event: EventId::new(),
            payload: String::new(),
        },
    ];
    put(&model, &tasks).await?;
    let (answered, token) = take(&model, (0, i64::MAX)).await?;
    let expected = tasks.map(|task| Task {
        due: time(i64::MAX),
        token: Some(token),
        attempts: task.attempts.saturating_add(1),
        ..task
    });
    assert_eq!(answered, expected);
    let (again, _) = take(&model, (i64::MAX, i64::MAX)).await?;
    assert_eq!(again.len(), 2, "and it can be taken again");
    assert!(again.iter().all(|task| task.attempts >= 9));
    Ok(())
}

async fn one_of_many_takes_a_task<D: Database>(database: D) -> TestResult {
    const TASKS: usize = 60;
    let model = database.open().await?;
    let tasks: Vec<Task> = (0..TASKS).map(|n| task(&format!("{n}"), 1)).collect();
    put(&model, &tasks).await?;
    let all_are_there = Arc::new(Barrier::new(8));
    let takers = (0..8).map(|_| {
        let (model, all_are_there) = (model.clone(), Arc::clone(&all_are_there));
        tokio::spawn(async move {
            // Each has its connection, where there are several, and none is ahead.
            all_are_there.wait().await;
            model.next_task(NAME, 1).await?;
            all_are_there.wait().await;
            let mut answered = Vec::new();
            loop {
                let mut transaction = model.begin(PATIENCE).await?;
                let taking = transaction.take_tasks(CONSUMER, time(5), time(9), Uuid::now_v7(), 3);
                let some = taking.await?;
                // So that others meet what is taken and not committed.
                tokio::task::yield_now().await;
                transaction.commit().await?;
                if some.is_empty() {
                    return Ok::<_, StoreError>(answered);
                }
                answered.extend(some);
            }
        })
    });
    let mut all = Vec::new();
    for answered in try_join_all(takers).await? {
        all.extend(answered?);
    }
    let mut keys = keys(&all);
    keys.sort_unstable();
    keys.dedup();
    assert_eq!((all.len(), keys.len()), (TASKS, TASKS));
    assert!(all.iter().all(|task| task.attempts == 1));
    Ok(())
}

async fn a_task_is_due_again_when_the_time_is_up<D: Database>(database: D) -> TestResult {
    let (one, other) = (database.open().await?, database.open().await?);
    put(&one, &[task("a", 10)]).await?;
    let (answered, first) = take(&one, (10, 20)).await?;
    assert_eq!((answered[0].due, answered[0].attempts), (time(20), 1));
    assert_eq!(take(&other, (19, 30)).await?.0, []);
    let (answered, second) = take(&other, (20, 30)).await?;
    assert_eq!((answered[0].due, answered[0].attempts), (time(30), 2));
    assert_eq!(answered[0].token, Some(second));
    assert_ne!(first, second);
    Ok(())
}

async fn only_the_holder_settles_a_task<D: Database>(database: D) -> TestResult {
    let model = database.open().await?;
    put(&model, &[task("a", 10), task("b", 500)]).await?;
    let (_, earlier) = take(&model, (10, 20)).await?;
    let (answered, token) = take(&model, (20, 30)).await?;
    for (why, key, holder) in [
        ("a wrong token", "a", held(Uuid::now_v7(), 21)),
        ("an earlier token", "a", held(earlier, 15)),
        ("the time is up", "a", held(token, 30)),
        ("the time was up", "a", held(token, 31)),
        ("another task", "b", held(token, 21)),
        ("no such task", "c", held(token, 21)),
    ] {
        assert!(!give_back(&model, key, holder, 900).await?, "moved: {why}");
        assert!(!remove(&model, key, Some(holder)).await?, "removed: {why}");
        assert_eq!(next(&model).await?, Some(30), "{why}");
    }
    // Nothing has changed: it is due when it was, and still the last holder's.
    assert!(remove(&model, "a", Some(held(token, 29))).await?);
    put(&model, &answered).await?;
    let (again, _) = take(&model, (30, 40)).await?;
    assert_eq!((keys(&again), again[0].attempts), (vec!["a"], 3));
    assert_eq!(next(&model).await?, Some(40));
    let (other, _) = take(&model, (500, 600)).await?;
    assert_eq!(keys(&other), ["a", "b"]);
    assert_eq!(other[1].attempts, 1, "nobody had it");
    Ok(())
}

async fn a_task_given_back_is_due_at_another_time<D: Database>(database: D) -> TestResult {
    let model = database.open().await?;
    put(&model, &[task("a", 10)]).await?;
    let (_, token) = take(&model, (10, 20)).await?;
    assert!(give_back(&model, "a", held(token, 11), 50).await?);
    assert_eq!(next(&model).await?, Some(50));
    // Whoever has given it back has it no more, although its time is not up.
    assert!(!remove(&model, "a", Some(held(token, 12))).await?);
    assert!(!give_back(&model, "a", held(token, 12), 60).await?);
    assert_eq!(take(&model, (49, 60)).await?.0, []);
    let (answered, token) = take(&model, (50, 60)).await?;
    assert_eq!(answered[0].attempts, 2);

    // Also to a time that has passed.
    assert!(give_back(&model, "a", held(token, 51), 1).await?);
    assert_eq!(keys(&take(&model, (51, 60)).await?.0), ["a"]);
    Ok(())
}

async fn a_task_is_removed_whoever_has_it<D: Database>(database: D) -> TestResult {
    let model = database.open().await?;
    put(&model, &[task("a", 10), task("b", 10)]).await?;
    assert!(remove(&model, "a", None).await?);
    assert!(!remove(&model, "a", None).await?);
    let (answered, token) = take(&model, (10, 20)).await?;
    assert_eq!(keys(&answered), ["b"]);
    assert!(remove(&model, "b", None).await?);
    assert!(!remove(&model, "b", Some(held(token, 11))).await?);
    assert_eq!(next(&model).await?, None);
    Ok(())
}

async fn a_task_takes_the_place_of_another<D: Database>(database: D) -> TestResult {
    let model = database.open().await?;
    put(&model, &[task("a", 10)]).await?;
    let (_, token) = take(&model, (10, 20)).await?;
    let mut next_one = task("a", 5);
    next_one.payload = "another".into();
    next_one.position = Position::new(2);
    put(&model, std::slice::from_ref(&next_one)).await?;
    assert!(!remove(&model, "a", Some(held(token, 11))).await?);
    let (answered, token) = take(&model, (5, 20)).await?;
    let expected = Task {
        due: time(20),
        token: Some(token),
        attempts: 1,
        ..next_one
    };
    assert_eq!(answered, [expected]);
    Ok(())
}

async fn the_next_task_is_known<D: Database>(database: D) -> TestResult {
    let (model, other) = (database.open().await?, database.open().await?);
    assert_eq!(next(&model).await?, None);
    put(&model, &[task("a", 30), task("b", 20)]).await?;
    assert_eq!(next(&other).await?, Some(20));
    take(&model, (20, 90)).await?;
    assert_eq!(next(&other).await?, Some(30));
    take(&model, (30, 80)).await?;
    assert_eq!(next(&other).await?, Some(80), "when the time is up");
    Ok(())
}

async fn consumers_have_their_own_tasks<D: Database>(database: D) -> TestResult {
    let model = database.open().await?;
    put(&model, &[task("a", 10)]).await?;
    let mut transaction = model.begin(PATIENCE).await?;
    for consumer in [(NAME, 2), ("course_lis", 1)] {
        transaction.put_task(consumer, &task("a", 5)).await?;
        let mut answered = Vec::new();
        for most in [0, 5, 5] {
            let token = Uuid::now_v7();
            let taking = transaction.take_tasks(consumer, time(9), time(20), token, most);
            answered.extend(taking.await?);
        }
        assert_eq!(keys(&answered), ["a"], "also what the transaction has put");
        assert!(transaction.remove_task(consumer, "a", None).await?);
        assert!(!transaction.remove_task(consumer, "a", None).await?);
    }
    transaction.commit().await?;
    assert_eq!(next(&model).await?, Some(10));
    assert_eq!(model.next_task(NAME, 2).await?, None);
    Ok(())
}

async fn tasks_are_forgotten_with_their_version<D: Database>(database: D) -> TestResult {
    let model = database.open().await?;
    ready::<D>(&model, 1).await?;
    put(&model, &[task("a", 10), task("b", 20)]).await?;
    let second = ready::<D>(&model, 2).await?;
    let mut transaction = model.begin(PATIENCE).await?;
    transaction.put_task((NAME, 2), &task("a", 15)).await?;
    let live = transaction.go_live(&second, &tables(2)).await?;
    transaction.commit().await?;
    assert_eq!(live, GoLive::Live);
    assert_eq!(next(&model).await?, Some(10), "until it is dropped");
    model.drop_retired(NAME).await?;
    assert_eq!(next(&model).await?, None);
    assert_eq!(model.next_task(NAME, 2).await?, Some(time(15)));
    model.forget(NAME, 2).await?;
    assert_eq!(model.next_task(NAME, 2).await?, None);
    // Also when it is there again.
    ready::<D>(&model, 2).await?;
    assert_eq!(model.next_task(NAME, 2).await?, None);
    Ok(())
}

async fn tasks_are_rolled_back<D: Database>(database: D) -> TestResult {
    let model = database.open().await?;
    put(&model, &[task("a", 10), task("b", 11)]).await?;
    for is_dropped in [false, true] {
        let mut transaction = model.begin(PATIENCE).await?;
        let token = Uuid::now_v7();
        let taking = transaction.take_tasks(CONSUMER, time(10), time(50), token, 9);
        assert_eq!(keys(&taking.await?), ["a"]);
        let moving = transaction.move_task(CONSUMER, "a", held(token, 12), time(70));
        assert!(moving.await?);
        assert!(transaction.remove_task(CONSUMER, "b", None).await?);
        transaction.put_task(CONSUMER, &task("c", 1)).await?;
        if is_dropped {
            drop(transaction);
        } else {
            transaction.roll_back().await?;
        }
        assert_eq!(next(&model).await?, Some(10));
    }
    let (answered, _) = take(&model, (90, 99)).await?;
    assert_eq!(keys(&answered), ["a", "b"]);
    assert!(answered.iter().all(|task| task.attempts == 1));
    Ok(())
}

async fn what_cannot_be_stored_is_refused<D: Database>(database: D) -> TestResult {
    let model = database.open().await?;
    let mut of_nul = task("a", 1);
    of_nul.payload = "a\0b".into();
    for wrong in [
        task("", 1),
        task("a\0b", 1),
        task(&"k".repeat(1025), 1),
        of_nul,
    ] {
        let mut transaction = model.begin(PATIENCE).await?;
        let refused = transaction.put_task(CONSUMER, &wrong).await;
        assert!(
            matches!(refused, Err(StoreError::InvalidTask(_))),
            "{refused:?}"
        );
        // The transaction goes on.
        let key = &wrong.key;
        let nobody = held(Uuid::now_v7(), 0);
        assert!(!transaction.remove_task(CONSUMER, key, None).await?);
        let moved = transaction.move_task(CONSUMER, key, nobody, time(2));
        assert!(!moved.await?);
        transaction.commit().await?;
    }
    assert_eq!(next(&model).await?, None);
    Ok(())
}
