// The events that the cases about facts and deciders use.
use factos::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TagValue)]
pub struct CourseId(pub String);

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TagValue)]
pub struct StudentId(pub String);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(tags(course, student))]
pub enum CourseEvent {
    CourseDefined { course: CourseId, capacity: u32 },
    CourseClosed { course: CourseId },
    StudentSubscribed { course: CourseId, student: StudentId },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
pub struct TermStarted {
    pub year: u32,
}

#[fact]
pub fn seats_taken(taken: u32, event: &CourseEvent, #[tag] course: &CourseId) -> u32 {
    match event {
        CourseEvent::StudentSubscribed { .. } => taken + 1,
    }
}

pub struct Subscribe {
    pub course: CourseId,
}
