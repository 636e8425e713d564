//! Reactors as users have them: effects at least once, commands once, failures parked.

mod support;

#[path = "reacting/place.rs"]
mod place;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use factos::prelude::*;
use factos::{
    EventLog, OnFailure, PartState, Position, Query, Reactions, ReactorOptions, Runner, Start,
};
use futures_util::TryStreamExt;
use place::{Place, Running};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(tags(user))]
enum UserEvent {
    Registered { user: String },
    Welcomed { user: String },
    Renamed { user: String, number: u32 },
}
use UserEvent::*;

struct Welcome {
    user: String,
}

#[decider]
fn welcome(cmd: &Welcome) -> UserEvent {
    let user = cmd.user.clone();
    Welcomed { user }
}

/// Sends a command for each registration.
#[reactor]
fn welcomes(event: &UserEvent) -> Option<Welcome> {
    match event {
        Registered { user } => Some(Welcome { user: user.clone() }),
    }
}

/// What a reactor has done.
#[derive(Debug, Clone, Default)]
struct Done(Arc<Mutex<Vec<(String, u32)>>>);

impl Done {
    fn note(&self, user: &str, number: u32) {
        let mut done = self.0.lock().expect("no panic");
        done.push((user.into(), number));
    }

    fn all(&self) -> Vec<(String, u32)> {
        self.0.lock().expect("no panic").clone()
    }
}

/// Notes what it sees, one behind the other for each user.
#[reactor(order_by = user)]
async fn notes(event: &UserEvent, done: &Done) {
    match event {
        Renamed { user, number } => {
            // Others would overtake it, if they could.
            tokio::time::sleep(Duration::from_micros(fastrand::u64(..2_000))).await;
            done.note(user, *number);
        }
    }
}

/// Fails for a user called `bad`, for so many times.
#[reactor]
fn fails(event: &UserEvent, left: &Arc<AtomicU32>) -> Result<(), std::fmt::Error> {
    match event {
        Registered { user } if user == "bad" => {
            let one_less = |left: u32| left.checked_sub(1);
            let failing = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less);
            if failing.is_ok() {
                Err(std::fmt::Error)
            } else {
                Ok(())
            }
        }
        Registered { user } if user == "panics" => panic!("for {user}"),
    }
}

fn registered(user: &str) -> UserEvent {
    Registered { user: user.into() }
}

fn options() -> ReactorOptions {
    let options = ReactorOptions::default().start(Start::Beginning);
    let options = options.backoff(Duration::from_millis(5));
    options.and_then(|it| it.attempts(3)).expect("options")
}

async fn append(log: &EventLog, event: UserEvent) -> Position {
    log.append([event]).await.expect("an append")[0].position
}

/// How often each user was welcomed.
async fn welcomed(log: &EventLog) -> HashMap<String, u32> {
    let query = query!(Welcomed).expect("a query");
    let events: Vec<_> = log
        .events(query)
        .decoded::<UserEvent>()
        .try_collect()
        .await
        .expect("a read");
    let mut users = HashMap::new();
    for event in events {
        if let Welcomed { user } = event.data {
            *users.entry(user).or_default() += 1;
        }
    }
    users
}

async fn a_command_takes_effect_once(place: impl Place) {
    let (log, model) = (place.log(), place.model().await);
    let mut expected = HashMap::new();
    for round in 0..3 {
        for number in 0..20 {
            let user = format!("{round}-{number}");
            append(&log, registered(&user)).await;
            expected.insert(user, 1);
        }
        let runner = Runner::new(&log).react_with(welcomes(), &model, options());
        let running = Running::start(runner.expect("a reactor"));
        // Killed at some moment, and begun again.
        if round < 2 {
            running
                .until(|part| part.position.get() > 5 * (round + 1))
                .await;
            running.kill().await;
        } else {
            running
                .until(|part| part.state == PartState::Running && part.lag() == 0)
                .await;
            let ended = running.stop().await;
            assert_eq!((ended[0].failures, ended[0].state), (0, PartState::Ended));
        }
    }
    assert_eq!(welcomed(&log).await, expected);
    let events: Vec<_> = log
        .events(Query::all())
        .stored()
        .try_collect()
        .await
        .expect("a read");
    let of = |event_type: &str| {
        let of_type = events
            .iter()
            .filter(|event| event.event_type.as_str() == event_type);
        of_type.collect::<Vec<_>>()
    };
    let causes: Vec<String> = of("Registered")
        .iter()
        .map(|event| event.id.to_string())
        .collect();
    for event in of("Welcomed") {
        let cause = event
            .metadata
            .get(factos::Metadata::CAUSATION_ID)
            .expect("a cause");
        assert!(causes.iter().any(|id| id == cause));
    }
}

async fn order_is_kept_within_a_key(place: impl Place) {
    let (log, model) = (place.log(), place.model().await);
    for number in 0..40 {
        for user in ["a", "b", "c"] {
            append(
                &log,
                Renamed {
                    user: user.into(),
                    number,
                },
            )
            .await;
        }
    }
    let done = Done::default();
    let runner = Runner::new(&log).react_with(notes(done.clone()), &model, options());
    let running = Running::start(runner.expect("a reactor"));
    running.until(|part| part.position.get() == 120).await;
    running.stop().await;
    let all = done.all();
    for user in ["a", "b", "c"] {
        let own: Vec<u32> = all
            .iter()
            .filter(|(of, _)| of == user)
            .map(|(_, number)| *number)
            .collect();
        assert_eq!(own, (0..40).collect::<Vec<_>>());
    }
    let in_turn = all
        .chunks(3)
        .all(|three| three.iter().all(|(_, number)| *number == three[0].1));
    assert!(!in_turn, "users do not wait for each other");
}

async fn a_failing_event_is_parked_and_holds_up_no_other(place: impl Place) {
    let (log, model) = (place.log(), place.model().await);
    append(&log, registered("bad")).await;
    append(&log, registered("panics")).await;
    let last = append(&log, registered("well")).await;
    let left = Arc::new(AtomicU32::new(4));
    let runner = Runner::new(&log)
        .lease(Duration::from_millis(300))
        .expect("a time")
        .react_with(fails(left.clone()), &model, options());
    let running = Running::start(runner.expect("a reactor"));
    let part = running.until(|part| part.position == last).await;
    assert_eq!(
        (part.parked, part.failures, part.state),
        (2, 6, PartState::Running)
    );

    let reactions = Reactions::<fails, _>::of(&model);
    let parked = reactions.parked().await.expect("the model answers");
    let found: Vec<_> = parked
        .iter()
        .map(|it| (it.position.get(), it.attempts))
        .collect();
    assert_eq!(found, [(1, 3), (2, 3)]);
    assert!(
        parked[1].error.contains("for panics"),
        "{}",
        parked[1].error
    );
    // It fails once more, and then it does not.
    for attempts in [Some(4), None] {
        assert!(
            reactions
                .retry_parked(Position::new(1))
                .await
                .expect("the model answers")
        );
        place::until(async || {
            let parked = reactions.parked().await.expect("the model answers");
            let first = parked.iter().find(|it| it.position.get() == 1);
            let is_so = match attempts {
                Some(attempts) => {
                    first.is_some_and(|it| !it.is_to_retry && it.attempts == attempts)
                }
                None => first.is_none(),
            };
            is_so.then_some(())
        })
        .await;
    }
    assert!(
        reactions
            .drop_parked(Position::new(2))
            .await
            .expect("the model answers")
    );
    assert!(
        reactions
            .parked()
            .await
            .expect("the model answers")
            .is_empty()
    );
    assert_eq!(
        reactions.position().await.expect("the model answers"),
        Some(last)
    );
    running.stop().await;
}

async fn it_may_stop_in_front_of_a_failing_event(place: impl Place) {
    let (log, model) = (place.log(), place.model().await);
    append(&log, registered("well")).await;
    append(&log, registered("bad")).await;
    let left = Arc::new(AtomicU32::new(3));
    let stops = options().on_failure(OnFailure::Stop);
    let start = || {
        let runner = Runner::new(&log).react_with(fails(left.clone()), &model, stops);
        Running::start(runner.expect("a reactor"))
    };
    let running = start();
    let part = running.until(|part| part.state == PartState::Stopped).await;
    assert!(part.last_error.expect("an error").contains("position 2"));
    running.stop().await;
    let running = start();
    running.until(|part| part.position.get() == 2).await;
    running.stop().await;
}

async fn a_new_reactor_begins_now_or_at_the_beginning(place: impl Place) {
    let (log, model) = (place.log(), place.model().await);
    append(
        &log,
        Renamed {
            user: "a".into(),
            number: 1,
        },
    )
    .await;
    let done = Done::default();
    let runner = Runner::new(&log).react(notes(done.clone()), &model);
    let running = Running::start(runner.expect("a reactor"));
    running.until(|part| part.state == PartState::Running).await;
    let last = append(
        &log,
        Renamed {
            user: "a".into(),
            number: 2,
        },
    )
    .await;
    running.until(|part| part.position == last).await;
    running.stop().await;
    assert_eq!(done.all(), [("a".to_owned(), 2)]);

    // Once it was run it goes on where it was, whatever is said.
    let runner = Runner::new(&log).react_with(notes(done.clone()), &model, options());
    let running = Running::start(runner.expect("a reactor"));
    let last = append(
        &log,
        Renamed {
            user: "a".into(),
            number: 3,
        },
    )
    .await;
    running.until(|part| part.position == last).await;
    running.stop().await;
    assert_eq!(done.all(), [("a".to_owned(), 2), ("a".to_owned(), 3)]);
}

place::on_every_place! {
    a_command_takes_effect_once
    order_is_kept_within_a_key
    a_failing_event_is_parked_and_holds_up_no_other
    it_may_stop_in_front_of_a_failing_event
    a_new_reactor_begins_now_or_at_the_beginning
}
