//! The workload: students subscribe to courses, each by a decision on four facts.

use factos::prelude::*;
use factos::{LimitError, Query};
use serde::{Deserialize, Serialize};

/// What happens around courses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(tags(course, student))]
#[allow(missing_docs)]
pub enum CourseEvent {
    CourseDefined {
        course: String,
        capacity: u32,
    },
    StudentSubscribed {
        course: String,
        student: String,
        note: String,
    },
}
use CourseEvent::{CourseDefined, StudentSubscribed};

/// The seats that a course has.
#[fact]
pub fn capacity_of(seats: Option<u32>, event: &CourseEvent, #[tag] course: &str) -> Option<u32> {
    match event {
        CourseDefined { capacity, .. } => Some(*capacity),
    }
}

/// The seats that are taken.
#[fact]
pub fn seats_taken(taken: u32, event: &CourseEvent, #[tag] course: &str) -> u32 {
    match event {
        StudentSubscribed { .. } => taken + 1,
    }
}

/// Whether a student has a seat.
#[fact]
pub fn is_subscribed(
    already: bool,
    event: &CourseEvent,
    #[tag] course: &str,
    #[tag] student: &str,
) -> bool {
    match event {
        StudentSubscribed { .. } => true,
    }
}

/// In how many courses a student is.
#[fact]
pub fn courses_of(courses: u32, event: &CourseEvent, #[tag] student: &str) -> u32 {
    match event {
        StudentSubscribed { .. } => courses + 1,
    }
}

/// A student wants a seat.
#[derive(Debug)]
pub struct Subscribe {
    /// In this course.
    pub course: String,
    /// This student.
    pub student: String,
}

/// Why not.
#[derive(Debug)]
pub enum Refused {
    /// There is no such course, or it is full.
    Course,
    /// The student is in it, or in five others.
    Student,
}

/// Takes the seat.
///
/// # Errors
/// [`Refused`], which no benchmark expects.
#[decider]
pub fn subscribe(
    cmd: &Subscribe,
    #[fact(capacity_of(&cmd.course))] capacity: Option<u32>,
    #[fact(seats_taken(&cmd.course))] taken: u32,
    #[fact(is_subscribed(&cmd.course, &cmd.student))] subscribed: bool,
    #[fact(courses_of(&cmd.student))] courses: u32,
) -> Result<CourseEvent, Refused> {
    if capacity.is_none_or(|capacity| taken >= capacity) {
        return Err(Refused::Course);
    }
    if subscribed || courses >= 5 {
        return Err(Refused::Student);
    }
    Ok(subscribed_event(&cmd.course, &cmd.student))
}

/// A subscription with about 200 bytes of data.
pub fn subscribed_event(course: &str, student: &str) -> CourseEvent {
    StudentSubscribed {
        course: course.into(),
        student: student.into(),
        note: "n".repeat(140),
    }
}

/// The name of the n-th course.
pub fn course(n: u64) -> String {
    format!("course-{n}")
}

/// Everything that happens around courses, by its types.
///
/// # Errors
/// When a tag is beyond its limit, which no query without tags is.
pub fn history() -> Result<Query, LimitError> {
    query!(CourseDefined | StudentSubscribed)
}
