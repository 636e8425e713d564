//! Structs of results: several facts under names of their own.

use std::sync::Arc;

use factos::prelude::*;
use factos::testing::given;
use factos::{Command, EventLog, MemoryStore};

use crate::{
    CourseEvent, CourseId, StudentId, c, capacity_of, history, is_subscribed, s, seats_taken,
};

#[derive(Debug, Clone, PartialEq, Facts)]
#[facts(course: &CourseId)]
struct Overview {
    #[fact(capacity_of(course))]
    capacity: Option<u32>,
    #[fact(seats_taken(course))]
    taken: u32,
}

/// Results in results, in lists and in tuples.
#[derive(Debug, Clone, PartialEq, Facts)]
#[facts(courses: &[CourseId], student: StudentId)]
struct Term {
    #[fact(courses.iter().map(Overview::facts).collect::<Vec<_>>())]
    courses: Vec<Overview>,
    #[fact((Overview::facts(&courses[0]), is_subscribed(&courses[0], &student)))]
    first: (Overview, bool),
    #[fact(courses.get(7).map(Overview::facts))]
    eighth: Option<Overview>,
}

#[derive(Debug, Clone, PartialEq, Facts)]
struct Everything(
    #[fact(capacity_of(&c("a")))] Option<u32>,
    #[fact(seats_taken(&c("a")))] u32,
);

struct Rename {
    course: CourseId,
}

#[decider]
fn rename(
    cmd: &Rename,
    #[fact(Overview::facts(&cmd.course))] overview: &Overview,
    #[fact(Everything::facts())] everything: Everything,
) -> Result<Option<CourseEvent>, (Overview, Everything)> {
    if overview.taken > 0 {
        Err((overview.clone(), everything))
    } else {
        Ok(None)
    }
}

#[tokio::test]
async fn a_log_reads_the_struct() {
    let log = EventLog::new(MemoryStore::new());
    log.append(history()).await.expect("append");
    let overview = log.read(Overview::facts(&c("a"))).await.expect("read");
    assert_eq!(
        overview,
        Overview {
            capacity: Some(3),
            taken: 1
        }
    );

    let term = log
        .read(Term::facts(&[c("a"), c("b")], s("x")))
        .await
        .expect("read");
    let b = Overview {
        capacity: Some(9),
        taken: 1,
    };
    assert_eq!(
        term,
        Term {
            courses: vec![overview.clone(), b],
            first: (overview, true),
            eighth: None
        }
    );
    assert_eq!(
        log.read(Everything::facts()).await.expect("read"),
        Everything(Some(3), 1)
    );
}

#[test]
fn a_decider_takes_it() {
    let cmd = || Rename { course: c("b") };
    let b = Overview {
        capacity: Some(9),
        taken: 1,
    };
    given(history())
        .when(cmd())
        .then_rejected((b.clone(), Everything(Some(3), 1)));
    given([] as [CourseEvent; 0])
        .when(cmd())
        .then([] as [CourseEvent; 0]);
    let states = (Arc::new(b), (Arc::new(Everything(None, 0)), ()));
    assert!(cmd().decide(states).is_err());
}
