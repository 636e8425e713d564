//! Reactors: what is done and answered for all events is what is done and answered for those that the query matches.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use factos::prelude::*;
use factos::{AsyncReactor, Commands, StoredEvent};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::Logged;
use super::history::Account::*;
use super::history::{Account, Bank, RateChanged};

/// Remembers what was done.
#[derive(Clone, Default)]
pub(crate) struct Done(Arc<Mutex<Vec<String>>>);

impl Done {
    async fn now(&self, what: impl Debug) -> Result<(), String> {
        tokio::task::yield_now().await;
        self.0.lock().expect("done").push(format!("{what:?}"));
        Ok(())
    }
}

struct Pause;

#[decider]
fn pause(_: &Pause) -> Account {
    Paused
}

#[reactor]
async fn results(event: &Recorded<Bank>, done: &Done, quiet: &bool) -> Result<(), String> {
    let at = event.position;
    if *quiet {
        return Ok(());
    }
    match &event.data {
        Bank::Account(Opened { account, amount }) if *amount > 2 => {
            done.now((account, amount)).await
        }
        Bank::Account(Ended | Paused) => done.now(at).await,
        Bank::Rate(RateChanged { percent: 3, .. }) => Err("three".to_owned()),
    }
}

#[reactor]
async fn gathered(event: &Account, done: &Done) -> Result<Commands, String> {
    let mut commands = Commands::new();
    let none = 0;
    let mut more: Vec<Pause> = vec![];
    match event {
        Opened { amount, .. } | Deposited { amount, .. } => {
            done.now(amount).await?;
            commands = commands.and(Pause);
            if *amount == 4 {
                return Err("four".to_owned());
            }
        }
    }
    match event {
        Ended => done.now("ended").await?,
        Deposited { .. } => return Ok(commands.and(Pause)),
        _ => {}
    }
    if let Noted { topics, .. } = event
        && topics.len() > none
    {
        more.push(Pause);
        return Ok(more.into_iter().fold(commands, Commands::and));
    } else if matches!(event, Paused) {
        done.now("paused").await?;
    }
    Ok(Commands::new())
}

#[reactor]
fn variable(event: &Account) -> Vec<Pause> {
    let mut all = Vec::new();
    match event {
        Opened { .. } => all.push(Pause),
        Noted { topics, .. } => all.extend(topics.iter().map(|_| Pause)),
    }
    {
        let none = None;
        let _all: Option<u8> = none;
    }
    if let Opened { amount: 3.., .. } = event {
        all.push(Pause);
    }
    all
}

#[reactor]
fn let_else(event: &Recorded<Bank>) -> Option<Pause> {
    let Bank::Account(Transferred { amount, .. } | Deposited { amount, .. }) = &event.data else {
        return None;
    };
    (*amount > 1).then_some(Pause)
}

#[reactor]
fn in_ok(event: &Account) -> Result<Option<Pause>, String> {
    Ok(match event {
        Deposited { amount: 2, .. } => return Err("two".to_owned()),
        Deposited { .. } | Ended => Some(Pause),
        _ => None,
    })
}

#[reactor]
async fn tried(event: &Recorded<Account>, done: &Done) -> Result<(), String> {
    let even = event.position.get().is_multiple_of(2);
    match (&event.data, even) {
        (Opened { account, .. }, true) => done.now(account).await,
        (Ended, _) => done.now(even).await,
        _ if even => Ok(()),
        _ => return Ok(()),
    }?;
    if let Opened { .. } = event.data {
        done.now("opened").await?;
    }
    Ok(())
}

#[reactor]
async fn not_matches(event: &Account, done: &Done) {
    if !matches!(event, Deposited { amount, .. } if *amount > 1) {
        return;
    }
    let _ = done.now(event).await;
}

#[reactor]
async fn of_a_struct(event: &RateChanged, done: &Done) -> Result<Pause, String> {
    done.now(event.percent).await.map(|()| Pause)
}

/// Lists fewer events than it acts on.
#[reactor(events(Ended))]
async fn forgetful(event: &Account, done: &Done) {
    let _ = done.now(event).await;
}

#[test]
fn what_is_not_listed_is_noticed() {
    let logged = Logged::of(vec![Bank::Account(Paused), Bank::Account(Ended)]);
    assert!(reads_what_it_does(&logged, forgetful).is_err());
    assert!(reads_what_it_does(&logged, not_matches).is_ok());
}

pub(crate) fn check(logged: &Logged) -> Result<(), TestCaseError> {
    reads_what_it_does(logged, |done| results(done, false))?;
    reads_what_it_does(logged, |done| results(done, true))?;
    reads_what_it_does(logged, gathered)?;
    reads_what_it_does(logged, |_| variable())?;
    reads_what_it_does(logged, |_| let_else())?;
    reads_what_it_does(logged, |_| in_ok())?;
    reads_what_it_does(logged, tried)?;
    reads_what_it_does(logged, not_matches)?;
    reads_what_it_does(logged, of_a_struct)
}

fn reads_what_it_does<R: AsyncReactor>(
    logged: &Logged,
    reactor: impl Fn(Done) -> R,
) -> Result<(), TestCaseError> {
    let query = reactor(Done::default()).query().expect("query");
    let decode = |stored: &StoredEvent| stored.decode::<R::Event>().ok();
    let all: Vec<_> = logged.stored.iter().filter_map(decode).collect();
    let matching = |stored: &&StoredEvent| query.matches(&stored.event_type, &stored.tags);
    let matched = logged.stored.iter().filter(matching);
    let matched: Vec<_> = matched.filter_map(decode).collect();

    let run = |events: &[Recorded<R::Event>]| {
        let done = Done::default();
        let reactor = reactor(done.clone());
        let answers = logged.runtime.block_on(answers(&reactor, events));
        let done = done.0.lock().expect("done").clone();
        (done, answers)
    };
    prop_assert_eq!(run(&all), run(&matched), "{}", R::NAME);
    Ok(())
}

/// What is answered, save for nothing.
async fn answers<R: AsyncReactor>(reactor: &R, events: &[Recorded<R::Event>]) -> Vec<String> {
    let mut answers = Vec::new();
    for event in events {
        match reactor.react(event).await {
            Ok(commands) if commands.is_empty() => {}
            Ok(commands) => answers.push(format!("{} {commands:?}", event.position)),
            Err(failure) => answers.push(format!("{} {failure}", event.position)),
        }
    }
    answers
}
