// The twins of the cases that are refused: what to write instead.
#![deny(warnings)]
#![allow(dead_code)]
#[path = "../courses.rs"]
mod courses;

use courses::CourseEvent::*;
use courses::*;
use factos::Commands;
use factos::prelude::*;

struct Mailer {
    quiet: bool,
}

impl Mailer {
    async fn send(&self) -> Result<(), std::fmt::Error> {
        Ok(())
    }
}

type Sent = Result<(), std::fmt::Error>;

struct Reopen {
    course: CourseId,
}

#[decider]
fn reopen(_: &Reopen) -> Option<CourseEvent> {
    None
}

fn is_big(_: &CourseEvent) -> bool {
    true
}

#[reactor(name = "mail of courses", order_by = course)]
async fn mail(event: &Recorded<CourseEvent>, mailer: &Mailer, _from: &str) -> Sent {
    let at = event.recorded_at;
    if mailer.quiet {
        return Ok(());
    }
    match &event.data {
        CourseClosed { .. } if is_big(&event.data) && at == event.recorded_at => mailer.send().await,
        _ => Ok(()),
    }
}

#[reactor]
fn an_option(event: &CourseEvent) -> Option<Reopen> {
    match event {
        CourseClosed { course } => Some(Reopen { course: course.clone() }),
    }
}

#[reactor]
fn a_list_in_a_result(event: &CourseEvent) -> Result<Vec<Reopen>, String> {
    if let CourseClosed { course } = event {
        return Ok(vec![Reopen { course: course.clone() }]);
    }
    Ok(Vec::new())
}

#[reactor(events(CourseClosed))]
fn one_command(event: &CourseEvent) -> Reopen {
    match event {
        CourseClosed { course } => Reopen { course: course.clone() },
        _ => unreachable!(),
    }
}

#[reactor(all)]
fn an_array(event: &CourseEvent) -> [Reopen; 1] {
    println!("{}", is_big(event));
    [Reopen { course: CourseId("c".into()) }]
}

#[reactor]
fn gathered(event: &CourseEvent) -> Commands {
    let mut commands = Commands::new();
    match event {
        CourseClosed { course } => commands = commands.and(Reopen { course: course.clone() }),
    }
    if let CourseDefined { .. } = event {
        println!("defined");
    }
    commands
}

trait Sink: Send + Sync {}

#[reactor]
fn shared(event: &CourseEvent, _sink: &std::sync::Arc<dyn Sink>, names: &[String], n: &std::sync::Mutex<u32>) {
    match event {
        CourseClosed { .. } if names.is_empty() => {
            let _ = n.lock().map(|mut n| *n += 1);
        }
    }
}

#[reactor]
#[allow(clippy::ptr_arg, reason = "attributes stay with the function")]
async fn a_struct(_: &TermStarted, list: &Vec<u32>) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    println!("{}", list.len());
    "3".parse::<u32>()?;
    Ok(())
}

fn runs(_: impl factos::AsyncReactor) {}

fn main() {
    runs(gathered());
    runs(a_struct(vec![]));
    runs(mail(Mailer { quiet: true }, "me".to_owned()));
}
