// The twins of the cases that are refused: what to write instead.
#![deny(warnings)]
#![allow(dead_code)]
#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::prelude::*;
use factos::{LimitError, Query};

#[derive(Event)]
enum Campus {
    Course(CourseEvent),
    Term(TermStarted),
}

fn asked(course: &CourseId, student: StudentId) -> Result<Vec<Query>, LimitError> {
    Ok(vec![
        Query::all(),
        query!(CourseClosed | CourseDefined)?,
        query!(CourseClosed { course })?,
        query!(CourseClosed { "course": course, .. })?,
        query!(CourseEvent::CourseClosed { course: CourseId("c".into()) })?,
        query!(CourseClosed { course } | CourseClosed { course: CourseId("b".into()) })?,
        query!(StudentSubscribed { course, student: &student })?,
        query!(StudentSubscribed { course, student })?,
        query!(TermStarted)?,
        query!(Campus::Course(CourseClosed { course } | CourseDefined) | Campus::Term(TermStarted {}))?,
    ])
}

fn main() {
    let all = asked(&CourseId("c".into()), StudentId("s".into()));
    assert_eq!(all.map(|queries| queries.len()), Ok(10));
}
