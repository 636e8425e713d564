//! Courses and students: the last seat goes to exactly one of the many who want it.
//!
//! `cargo run --example courses` keeps its log in `courses.db`; give another database's URL as the argument.

use factos::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TagValue)]
pub struct CourseId(pub String);

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TagValue)]
pub struct StudentId(pub String);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(tags(course, student))]
pub enum CourseEvent {
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

/// The seats that a course has; `None` when there is no such course.
#[fact]
pub fn capacity_of(old: Option<u32>, event: &CourseEvent, #[tag] course: &CourseId) -> Option<u32> {
    match event {
        CourseDefined { capacity, .. } | CourseCapacityChanged { capacity, .. } => Some(*capacity),
    }
}

/// The seats that are taken in a course.
#[fact]
pub fn seats_taken(taken: u32, event: &CourseEvent, #[tag] course: &CourseId) -> u32 {
    match event {
        StudentSubscribed { .. } => taken + 1,
    }
}

/// Whether a student has a seat in a course.
#[fact]
pub fn is_subscribed(
    already: bool,
    event: &CourseEvent,
    #[tag] course: &CourseId,
    #[tag] student: &StudentId,
) -> bool {
    match event {
        StudentSubscribed { .. } => true,
    }
}

/// In how many courses a student is.
#[fact]
pub fn courses_of(courses: u32, event: &CourseEvent, #[tag] student: &StudentId) -> u32 {
    match event {
        StudentSubscribed { .. } => courses + 1,
    }
}

/// A student wants a seat.
#[derive(Debug, Clone)]
pub struct Subscribe {
    pub course: CourseId,
    pub student: StudentId,
}

#[decider]
pub fn subscribe(
    cmd: &Subscribe,
    #[fact(capacity_of(&cmd.course))] capacity: Option<u32>,
    #[fact(seats_taken(&cmd.course))] taken: u32,
    #[fact(is_subscribed(&cmd.course, &cmd.student))] subscribed: bool,
    #[fact(courses_of(&cmd.student))] courses: u32,
) -> Result<CourseEvent, CourseError> {
    match capacity {
        None => Err(CourseError::NoSuchCourse),
        Some(capacity) if taken >= capacity => Err(CourseError::FullyBooked),
        Some(_) if subscribed => Err(CourseError::AlreadySubscribed),
        Some(_) if courses >= 5 => Err(CourseError::TooManyCourses),
        Some(_) => Ok(StudentSubscribed {
            course: cmd.course.clone(),
            student: cmd.student.clone(),
        }),
    }
}

/// Why a command about courses is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CourseError {
    CourseExists,
    NoSuchCourse,
    CapacityUnchanged,
    FullyBooked,
    AlreadySubscribed,
    TooManyCourses,
}

/// A course is to be offered.
#[derive(Debug, Clone)]
pub struct DefineCourse {
    pub course: CourseId,
    pub capacity: u32,
}

#[decider]
pub fn define_course(
    cmd: &DefineCourse,
    #[fact(capacity_of(&cmd.course))] existing: Option<u32>,
) -> Result<CourseEvent, CourseError> {
    match existing {
        Some(_) => Err(CourseError::CourseExists),
        None => Ok(CourseDefined {
            course: cmd.course.clone(),
            capacity: cmd.capacity,
        }),
    }
}

/// A course is to have more seats, or fewer.
#[derive(Debug, Clone)]
pub struct ChangeCapacity {
    pub course: CourseId,
    pub capacity: u32,
}

#[decider]
pub fn change_capacity(
    cmd: &ChangeCapacity,
    #[fact(capacity_of(&cmd.course))] present: Option<u32>,
) -> Result<CourseEvent, CourseError> {
    match present {
        None => Err(CourseError::NoSuchCourse),
        Some(capacity) if capacity == cmd.capacity => Err(CourseError::CapacityUnchanged),
        Some(_) => Ok(CourseCapacityChanged {
            course: cmd.course.clone(),
            capacity: cmd.capacity,
        }),
    }
}

// The races: everything below only uses what is above.

use factos::{Accepted, DispatchError, EventLog};
use tokio::task::JoinSet;

/// How a wish was answered.
pub type Answer = Result<Accepted, DispatchError<CourseError>>;

/// Has every student subscribe at the same time, and gives who was answered what.
pub async fn race(log: &EventLog, wishes: Vec<Subscribe>) -> Vec<(Subscribe, Answer)> {
    let mut answers = JoinSet::new();
    for wish in wishes {
        let log = log.clone();
        answers.spawn(async move { (wish.clone(), log.dispatch(wish).await) });
    }
    answers.join_all().await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "sqlite:courses.db".into());
    let log = factos::open(&url).await?;
    let start = log.head().await?;
    println!("{url} holds {start} events; what is new:");

    // Every run offers courses of its own, so that it can be repeated on the same file.
    let course = |name: &str| CourseId(format!("{name}-{start}"));
    let student = |name: &str| StudentId(format!("{name}-{start}"));
    let wish = |c: &str, s: &str| Subscribe {
        course: course(c),
        student: student(s),
    };
    for (name, capacity) in [
        ("rust", 300),
        ("sql", 1),
        ("math", 30),
        ("art", 30),
        ("law", 30),
        ("piano", 30),
        ("chess", 30),
        ("go", 30),
    ] {
        log.dispatch(DefineCourse {
            course: course(name),
            capacity,
        })
        .await?;
    }
    log.dispatch(ChangeCapacity {
        course: course("rust"),
        capacity: 250,
    })
    .await?;
    let refused = log
        .dispatch(ChangeCapacity {
            course: course("rust"),
            capacity: 250,
        })
        .await;
    println!("rust gets the 250 seats it has: {}", told(refused.as_ref()));

    println!("\nTwo at once want a seat in rust and must not try again, until one comes too late:");
    for pair in 1..=100 {
        let names = [format!("ann{pair}"), format!("bob{pair}")];
        let [ann, bob] = names
            .each_ref()
            .map(|name| log.dispatch(wish("rust", name)).rounds(1));
        let (ann, bob) = tokio::join!(ann, bob);
        if ann.is_err() || bob.is_err() {
            println!("  {}: {}", names[0], told(ann.as_ref()));
            println!("  {}: {}", names[1], told(bob.as_ref()));
            break;
        }
    }

    println!("\nTwenty want the only seat in sql:");
    let wishes = (1..=20)
        .map(|n| wish("sql", &format!("student{n}")))
        .collect();
    print_answers(&race(&log, wishes).await);

    println!("\nDan is in four courses and wants two more at once; five is the most:");
    for name in ["math", "art", "law", "piano"] {
        log.dispatch(wish(name, "dan")).await?;
    }
    print_answers(&race(&log, vec![wish("chess", "dan"), wish("go", "dan")]).await);

    println!("\nDifferent students in different courses do not meet:");
    let wishes = vec![wish("math", "eve"), wish("art", "fay"), wish("law", "gus")];
    print_answers(&race(&log, wishes).await);

    let (seats, taken) = log
        .read((capacity_of(&course("sql")), seats_taken(&course("sql"))))
        .await?;
    println!(
        "\nsql: {taken} of {} seats taken; the log holds {} events",
        seats.unwrap_or(0),
        log.head().await?
    );
    Ok(())
}

/// What an answer says to a person.
fn told(answer: Result<&Accepted, &DispatchError<CourseError>>) -> String {
    match answer {
        Ok(Accepted {
            position: Some(position),
            rounds,
            ..
        }) => {
            format!("recorded at position {position}, in round {rounds}")
        }
        Ok(_) => "accepted, nothing to record".into(),
        Err(DispatchError::Rejected(error)) => format!("refused: {error:?}"),
        Err(other) => format!("lost the race: {other}"),
    }
}

/// Prints each winner, and how many were refused for which reason.
fn print_answers(answers: &[(Subscribe, Answer)]) {
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|(_, answer)| answer.is_ok());
    for (wish, answer) in won {
        println!(
            "  {} in {}: {}",
            wish.student.0,
            wish.course.0,
            told(answer.as_ref())
        );
    }
    let mut reasons: Vec<String> = lost
        .iter()
        .map(|(_, answer)| told(answer.as_ref()))
        .collect();
    reasons.sort();
    for same in reasons.chunk_by(|a, b| a == b) {
        println!("  {} student(s): {}", same.len(), same[0]);
    }
}
