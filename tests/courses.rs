//! The courses example: its rules, and its races on every store.

#[allow(dead_code)]
#[path = "../examples/courses.rs"]
mod courses;
mod support;

use courses::*;
use factos::testing::{given, given_nothing};
use factos::{DispatchError, EventLog};

fn course(name: &str) -> CourseId {
    CourseId(name.into())
}

fn student(name: &str) -> StudentId {
    StudentId(name.into())
}

fn defined(name: &str, capacity: u32) -> CourseEvent {
    CourseEvent::CourseDefined {
        course: course(name),
        capacity,
    }
}

fn subscribed(c: &str, s: &str) -> CourseEvent {
    CourseEvent::StudentSubscribed {
        course: course(c),
        student: student(s),
    }
}

fn wish(c: &str, s: &str) -> Subscribe {
    Subscribe {
        course: course(c),
        student: student(s),
    }
}

#[test]
fn a_student_gets_a_free_seat() {
    given([defined("rust", 2), subscribed("rust", "ann")])
        .when(wish("rust", "bob"))
        .then(subscribed("rust", "bob"));
}

#[test]
fn no_seat_in_a_course_that_is_not_offered() {
    given([defined("sql", 1)])
        .when(wish("rust", "ann"))
        .then_rejected(CourseError::NoSuchCourse);
}

#[test]
fn no_seat_in_a_full_course_even_for_one_who_has_one() {
    given([defined("rust", 1), subscribed("rust", "ann")])
        .when(wish("rust", "ann"))
        .then_rejected(CourseError::FullyBooked);
}

#[test]
fn a_changed_capacity_counts() {
    let changed = CourseEvent::CourseCapacityChanged {
        course: course("rust"),
        capacity: 2,
    };
    given([defined("rust", 1), subscribed("rust", "ann"), changed])
        .when(wish("rust", "bob"))
        .then(subscribed("rust", "bob"));
}

#[test]
fn nobody_sits_twice_in_one_course() {
    given([defined("rust", 2), subscribed("rust", "ann")])
        .when(wish("rust", "ann"))
        .then_rejected(CourseError::AlreadySubscribed);
}

#[test]
fn five_courses_are_the_most() {
    let five = ["a", "b", "c", "d", "e"].map(|c| subscribed(c, "ann"));
    given([defined("rust", 9)])
        .and(five)
        .when(wish("rust", "ann"))
        .then_rejected(CourseError::TooManyCourses);
}

#[test]
fn a_course_is_defined_once() {
    let define = DefineCourse {
        course: course("rust"),
        capacity: 2,
    };
    given_nothing()
        .when(define.clone())
        .then(defined("rust", 2));
    given([defined("rust", 1)])
        .when(define)
        .then_rejected(CourseError::CourseExists);
}

#[test]
fn a_capacity_changes_to_another_one() {
    let change = ChangeCapacity {
        course: course("rust"),
        capacity: 2,
    };
    given_nothing()
        .when(change.clone())
        .then_rejected(CourseError::NoSuchCourse);
    given([defined("rust", 2)])
        .when(change.clone())
        .then_rejected(CourseError::CapacityUnchanged);
    given([defined("rust", 1)])
        .when(change)
        .then([CourseEvent::CourseCapacityChanged {
            course: course("rust"),
            capacity: 2,
        }]);
}

/// Runs a race on a fresh log of every store.
async fn on_every_store<F: Future<Output = ()>>(race: impl Fn(EventLog) -> F) {
    race(factos::open("memory:").await.expect("memory opens")).await;
    let directory = tempfile::tempdir().expect("a directory");
    race(
        factos::open(&support::sqlite_url(&directory))
            .await
            .expect("the file opens"),
    )
    .await;
}

fn count(answers: &[(Subscribe, Answer)], rejection: CourseError) -> usize {
    let rejected = |(_, answer): &&(Subscribe, Answer)| matches!(answer, Err(DispatchError::Rejected(error)) if *error == rejection);
    answers.iter().filter(rejected).count()
}

async fn define(log: &EventLog, name: &str, capacity: u32) {
    log.dispatch(DefineCourse {
        course: course(name),
        capacity,
    })
    .await
    .expect("a new course");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_seat_goes_to_one() {
    on_every_store(|log| async move {
        define(&log, "rust", 1).await;
        let wishes = (0..64).map(|n| wish("rust", &format!("s{n}"))).collect();
        let answers = race(&log, wishes).await;
        assert_eq!(
            answers.iter().filter(|(_, answer)| answer.is_ok()).count(),
            1
        );
        assert_eq!(count(&answers, CourseError::FullyBooked), 63);
        assert_eq!(
            log.read(seats_taken(&course("rust")))
                .await
                .expect("a read"),
            1
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fifth_course_is_taken_once() {
    on_every_store(|log| async move {
        for name in ["a", "b", "c", "d", "e", "f"] {
            define(&log, name, 9).await;
        }
        for name in ["a", "b", "c", "d"] {
            log.dispatch(wish(name, "ann")).await.expect("a free seat");
        }
        let answers = race(&log, vec![wish("e", "ann"), wish("f", "ann")]).await;
        assert_eq!(count(&answers, CourseError::TooManyCourses), 1);
        assert_eq!(
            log.read(courses_of(&student("ann"))).await.expect("a read"),
            5
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn different_students_in_different_courses_do_not_meet() {
    on_every_store(|log| async move {
        for n in 0..40 {
            define(&log, &format!("c{n}"), 1).await;
        }
        let wishes = (0..40)
            .map(|n| wish(&format!("c{n}"), &format!("s{n}")))
            .collect();
        for (_, answer) in race(&log, wishes).await {
            assert_eq!(answer.expect("a free seat").rounds, 1);
        }
    })
    .await;
}
