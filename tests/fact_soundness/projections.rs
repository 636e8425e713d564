//! Projections: what is written for all events is what is written for those that the query matches.

use std::fmt::{Debug, Display};

use factos::prelude::*;
use factos::{Projection, StoredEvent};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::Logged;
use super::history::Account::*;
use super::history::{Account, Bank, RateChanged};

/// A connection that remembers what was written with it.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Written(Vec<String>);

#[derive(Debug)]
struct Failed(i64);

impl Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "failed on {}", self.0)
    }
}

impl std::error::Error for Failed {}

impl Written {
    async fn write(&mut self, what: impl Debug) -> Result<(), Failed> {
        tokio::task::yield_now().await;
        self.0.push(format!("{what:?}"));
        Ok(())
    }
}

#[projection]
async fn results(event: &Recorded<Bank>, db: &mut Written) -> Result<(), Failed> {
    match &event.data {
        Bank::Account(Opened { account, amount }) if *amount > 2 => {
            db.write((account, amount)).await
        }
        Bank::Account(Ended | Paused) => db.write(event.position).await,
        Bank::Rate(RateChanged { percent: 3, .. }) => Err(Failed(3)),
    }
}

#[projection]
async fn statements(event: &Account, db: &mut Written) -> Result<(), Failed> {
    match event {
        Opened { amount, .. } | Deposited { amount, .. } => {
            db.write(amount).await?;
            if *amount == 4 {
                return Err(Failed(4));
            }
        }
    }
    match event {
        Ended => db.write("ended").await?,
        Deposited { teller, .. } => db.write(teller).await?,
    }
    if let Noted { topics, .. } = event
        && topics.len() > 1
    {
        db.write(topics).await?;
    } else if matches!(event, Paused) {
        db.write("paused").await?;
    }
    Ok(())
}

#[projection]
async fn tried(event: &Recorded<Account>, db: &mut Written) -> Result<(), Failed> {
    let at = event.position;
    let even = event.position.get().is_multiple_of(2);
    match (&event.data, even) {
        (Opened { account, .. }, true) => db.write((account, at)).await,
        (Ended, _) => db.write(at).await,
        _ if even => Ok(()),
        _ => return Ok(()),
    }?;
    if let Opened { .. } = event.data {
        db.write("opened").await?;
    }
    Ok(())
}

#[projection]
async fn let_else(event: &Recorded<Bank>, db: &mut Written) -> Result<(), Failed> {
    let Bank::Account(Transferred { amount, .. } | Deposited { amount, .. }) = &event.data else {
        return Ok(());
    };
    db.write(amount).await?;
    db.write(event.id).await
}

#[projection]
async fn not_matches(event: &Recorded<Account>, db: &mut Written) -> Result<(), Failed> {
    if !matches!(&event.data, Deposited { amount, .. } if *amount > 1) {
        return Ok(());
    }
    db.write(&event.data).await
}

#[projection]
async fn of_a_struct(event: &RateChanged, db: &mut Written) -> Result<(), Failed> {
    db.write(event.percent).await
}

#[projection(events(Bank::Account(Opened | Ended)))]
async fn listed(event: &Recorded<Bank>, db: &mut Written) -> Result<(), Failed> {
    if let Bank::Account(Opened { .. } | Ended) = event.data {
        db.write(event.position).await?;
    }
    Ok(())
}

#[projection(all)]
async fn everything(events: &[Recorded<Bank>], db: &mut Written) -> Result<(), Failed> {
    db.write(events.len()).await
}

#[projection]
async fn counted(events: &[Recorded<Bank>], db: &mut Written) -> Result<(), Failed> {
    let (mut opened, mut sum) = (0, 0);
    for event in events {
        match &event.data {
            Bank::Account(Opened { amount, .. }) => {
                opened += 1;
                sum += amount;
            }
            Bank::Account(Ended) => sum = 0,
        }
    }
    if opened > 0 {
        db.write((opened, sum)).await?;
    }
    db.write(sum).await
}

#[projection]
async fn in_the_loop(events: &[Recorded<Account>], db: &mut Written) -> Result<(), Failed> {
    let mut seen = Vec::new();
    for event in events.iter().rev() {
        let at = event.position;
        let text = event.position.get();
        match &event.data {
            Opened { amount: 3, .. } => break,
            Opened { account, .. } => seen.push((account.clone(), at)),
            Noted { .. } if seen.len() > 3 => return db.write(text).await,
            _ => {}
        }
        match &event.data {
            Deposited { amount: 4, .. } => return Err(Failed(4)),
            Deposited { amount, .. } => db.write(amount).await,
            _ => continue,
        }?;
        db.write("deposited").await?;
    }
    db.write(seen).await
}

#[projection]
async fn two_loops(events: &[Recorded<Account>], db: &mut Written) -> Result<(), Failed> {
    let mut texts = vec![];
    for event in events {
        if let Opened { account, .. } = &event.data {
            texts.push(account.clone());
            for other in events {
                let Transferred { from, .. } = &other.data else {
                    continue;
                };
                if from == account {
                    texts.push(format!("{from} {other:?}"));
                }
            }
        } else if matches!(&event.data, Ended) {
            texts.clear();
        }
    }
    if !texts.is_empty() {
        for event in events.iter() {
            if !matches!(event.data, Paused | Opened { amount: 2.., .. }) {
                continue;
            }
            db.write(("paused", event.id)).await?;
        }
    }
    db.write(texts.join(",")).await
}

#[projection]
async fn slices_of_a_struct(
    events: &[Recorded<RateChanged>],
    db: &mut Written,
) -> Result<(), Failed> {
    db.write(events.len()).await
}

/// Whether it was ever asked to write: a projection that never does would be sound as well.
pub(crate) fn check(logged: &Logged) -> Result<(), TestCaseError> {
    reads_what_it_writes(logged, results())?;
    reads_what_it_writes(logged, statements())?;
    reads_what_it_writes(logged, tried())?;
    reads_what_it_writes(logged, let_else())?;
    reads_what_it_writes(logged, not_matches())?;
    reads_what_it_writes(logged, of_a_struct())?;
    reads_what_it_writes(logged, listed())?;
    reads_what_it_writes(logged, everything())?;
    reads_what_it_writes(logged, counted())?;
    reads_what_it_writes(logged, in_the_loop())?;
    reads_what_it_writes(logged, two_loops())?;
    reads_what_it_writes(logged, slices_of_a_struct())
}

/// Lists fewer events than it writes about.
#[projection(events(Ended))]
async fn forgetful(event: &Account, db: &mut Written) -> Result<(), Failed> {
    db.write(event).await
}

/// Writes about the number of events, which it does not list.
#[projection(events(Ended))]
async fn counting(events: &[Recorded<Account>], db: &mut Written) -> Result<(), Failed> {
    db.write(events.len()).await
}

#[test]
fn what_is_not_listed_is_noticed() {
    let logged = Logged::of(vec![Bank::Account(Paused), Bank::Account(Ended)]);
    assert!(reads_what_it_writes(&logged, forgetful()).is_err());
    assert!(reads_what_it_writes(&logged, counting()).is_err());
}

fn reads_what_it_writes<P: Projection<Written>>(
    logged: &Logged,
    projection: P,
) -> Result<(), TestCaseError> {
    let query = projection.query().expect("query");
    let decode = |stored: &StoredEvent| stored.decode::<P::Event>().ok();
    let all: Vec<_> = logged.stored.iter().filter_map(decode).collect();
    let matching = |stored: &&StoredEvent| query.matches(&stored.event_type, &stored.tags);
    let matched: Vec<_> = logged
        .stored
        .iter()
        .filter(matching)
        .filter_map(decode)
        .collect();

    let written = logged.runtime.block_on(written(&projection, &all));
    let for_matched = logged
        .runtime
        .block_on(self::written(&projection, &matched));
    prop_assert_eq!(written, for_matched, "{}", P::NAME);
    Ok(())
}

/// What is written for these events, and how it ends.
async fn written<P: Projection<Written>>(
    projection: &P,
    events: &[Recorded<P::Event>],
) -> (Written, Result<(), String>) {
    let tables = Tables::new(P::VERSION, P::TABLES);
    let mut db = Written::default();
    let applied = projection.apply(events, &mut db, &tables).await;
    (db, applied.map_err(|failure| failure.to_string()))
}
