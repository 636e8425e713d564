//! What the macros' code does at run time.

#![allow(
    missing_docs,
    unused_qualifications,
    reason = "a test of many spellings"
)]

#[path = "macros/bare_names.rs"]
mod bare_names;
#[path = "macros/commands.rs"]
mod commands;
#[path = "macros/deciders.rs"]
mod deciders;
#[path = "macros/events.rs"]
mod events;
#[path = "macros/facts.rs"]
mod facts;
#[path = "macros/projections.rs"]
mod projections;
#[path = "macros/queries.rs"]
mod queries;
#[path = "macros/reactors.rs"]
mod reactors;
#[path = "macros/results.rs"]
mod results;

use factos::prelude::*;
use factos::{Command, Fact};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TagValue)]
struct CourseId(String);

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TagValue)]
struct StudentId(String);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(tags(course, student))]
enum CourseEvent {
    CourseDefined {
        course: CourseId,
        capacity: u32,
    },
    CourseCapacityChanged {
        course: CourseId,
        capacity: u32,
    },
    StudentSubscribed {
        course: CourseId,
        student: StudentId,
    },
}
use CourseEvent::*;

#[fact]
fn capacity_of(
    capacity: Option<u32>,
    event: &CourseEvent,
    #[tag] course: &CourseId,
) -> Option<u32> {
    match event {
        CourseDefined { capacity, .. } | CourseCapacityChanged { capacity, .. } => Some(*capacity),
    }
}

#[fact]
fn seats_taken(taken: u32, event: &CourseEvent, #[tag] course: &CourseId) -> u32 {
    match event {
        StudentSubscribed { .. } => taken + 1,
    }
}

#[fact]
fn is_subscribed(
    already: bool,
    event: &CourseEvent,
    #[tag] course: &CourseId,
    #[tag] student: &StudentId,
) -> bool {
    match event {
        StudentSubscribed { .. } => true,
    }
}

#[fact]
fn courses_of(courses: u32, event: &CourseEvent, #[tag] student: &StudentId) -> u32 {
    match event {
        StudentSubscribed { .. } => courses + 1,
    }
}

struct Subscribe {
    course: CourseId,
    student: StudentId,
}

#[derive(Debug, PartialEq)]
enum SubscribeError {
    NoSuchCourse,
    FullyBooked,
    AlreadySubscribed,
    TooManyCourses,
}

#[decider]
fn subscribe(
    cmd: &Subscribe,
    #[fact(capacity_of(&cmd.course))] capacity: Option<u32>,
    #[fact(seats_taken(&cmd.course))] taken: u32,
    #[fact(is_subscribed(&cmd.course, &cmd.student))] subscribed: bool,
    #[fact(courses_of(&cmd.student))] courses: u32,
) -> Result<CourseEvent, SubscribeError> {
    let capacity = capacity.ok_or(SubscribeError::NoSuchCourse)?;
    if taken >= capacity {
        return Err(SubscribeError::FullyBooked);
    }
    if subscribed {
        return Err(SubscribeError::AlreadySubscribed);
    }
    if courses >= 5 {
        return Err(SubscribeError::TooManyCourses);
    }
    Ok(StudentSubscribed {
        course: cmd.course.clone(),
        student: cmd.student.clone(),
    })
}

fn c(id: &str) -> CourseId {
    CourseId(id.to_owned())
}

fn s(id: &str) -> StudentId {
    StudentId(id.to_owned())
}

fn history() -> Vec<CourseEvent> {
    vec![
        CourseDefined {
            course: c("a"),
            capacity: 2,
        },
        CourseDefined {
            course: c("b"),
            capacity: 9,
        },
        StudentSubscribed {
            course: c("a"),
            student: s("x"),
        },
        CourseCapacityChanged {
            course: c("a"),
            capacity: 3,
        },
        StudentSubscribed {
            course: c("b"),
            student: s("x"),
        },
    ]
}

#[test]
fn facts_fold_what_their_query_matches() {
    let events = history();
    assert_eq!(capacity_of(&c("a")).over(&events), Some(3));
    assert_eq!(capacity_of(&c("z")).over(&events), None);
    assert_eq!(seats_taken(&c("a")).over(&events), 1);
    assert_eq!(courses_of(&s("x")).over(&events), 2);
    assert!(is_subscribed(&c("b"), &s("x")).over(&events));
    assert!(!is_subscribed(&c("b"), &s("y")).over(&events));
    assert_eq!(seats_taken::fold(4, &events[2], &c("a")), 5);
    assert_eq!(seats_taken::fold(4, &events[0], &c("a")), 4);
}

#[test]
fn the_decider_stays_a_function_and_implements_the_command() {
    use std::sync::Arc;
    let cmd = Subscribe {
        course: c("a"),
        student: s("x"),
    };
    let subscribed = StudentSubscribed {
        course: c("a"),
        student: s("x"),
    };
    assert_eq!(subscribe(&cmd, Some(2), 1, false, 0), Ok(subscribed));
    assert_eq!(
        subscribe(&cmd, None, 1, false, 0),
        Err(SubscribeError::NoSuchCourse)
    );
    let states = (
        Arc::new(Some(2)),
        (Arc::new(1), (Arc::new(false), (Arc::new(0), ()))),
    );
    assert_eq!(cmd.decide(states).expect("accepted").len(), 1);
    let full = (
        Arc::new(Some(2)),
        (Arc::new(2), (Arc::new(false), (Arc::new(0), ()))),
    );
    assert_eq!(
        cmd.decide(full).expect_err("full"),
        SubscribeError::FullyBooked
    );
    assert_eq!(Subscribe::NAME, "Subscribe");
}
