//! The processes of a history: this binary, started again for one of these tests.

use std::io::BufRead;
use std::time::Duration;

use factos::postgres::PostgresReadModel;
use factos::read_model::ReadModel;
use factos::sqlite::SqliteReadModel;
use factos::{EventLog, PartState, Projection, Runner};
use fastrand::Rng;
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};

use crate::database::Database;
use crate::disturbed::patience::answered;
use crate::disturbed::role::until_told;
use crate::disturbed::store::Store;
use crate::ledger::LedgerEvent::{self, *};
use crate::staged::{Bug, Staged};
use crate::support::worker::{part, say};

/// What a process is to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Role {
    pub url: String,
    pub seed: u64,
    pub bug: Option<Bug>,
}

impl Role {
    fn given() -> Option<Self> {
        let arguments = part()?.concat();
        Some(serde_json::from_str(&arguments).expect("the parent says what to do"))
    }

    async fn log(&self) -> EventLog {
        EventLog::new(answered(|| Store::open(&self.url)).await)
    }
}

/// How long a projection rests when its process dies. Short, so that also those are overtaken now and then who are only slow.
pub const LEASE: Duration = Duration::from_millis(150);

/// Appends some events whenever it is told to, and says when it has.
#[tokio::test(flavor = "multi_thread")]
async fn writer() {
    let Some(role) = Role::given() else { return };
    let log = role.log().await;
    let mut rng = Rng::with_seed(role.seed);
    let mut told = lines();
    while told.recv().await.is_some() {
        for _ in 0..rng.u32(1..6) {
            append(&log, &mut rng).await;
        }
        say("done");
    }
}

/// What the parent says; if it is gone, so is this process.
fn lines() -> mpsc::Receiver<String> {
    let (tell, told) = mpsc::channel(1);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            tell.blocking_send(line.expect("text"))
                .expect("they listen");
        }
        std::process::exit(1);
    });
    told
}

/// One to four events, at least one of which is counted, stored for sure.
async fn append(log: &EventLog, rng: &mut Rng) {
    let mut events = vec![booked(rng)];
    for _ in 0..rng.u32(..4) {
        let account = rng.u32(..7);
        events.push(if rng.bool() {
            Looked { account }
        } else {
            booked(rng)
        });
    }
    rng.shuffle(&mut events);
    // When it is not known whether they are stored, they may come twice: what counts is what the log holds.
    while let Err(error) = log.append(events.clone()).await {
        let factos::AppendError::Store(error) = &error else {
            assert!(
                matches!(error, factos::AppendError::OutcomeUnknown { .. }),
                "{error:?}"
            );
            continue;
        };
        assert!(error.is_transient(), "{error:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn booked(rng: &mut Rng) -> LedgerEvent {
    Booked {
        account: rng.u32(..7),
        amount: rng.i64(-1_000..1_000),
    }
}

/// Runs the projections until it is told to stop, and says which events it applies.
#[tokio::test(flavor = "multi_thread")]
async fn runner() {
    let Some(role) = Role::given() else { return };
    if role.url.starts_with("sqlite") {
        run::<SqliteReadModel>(role).await;
    } else {
        run::<PostgresReadModel>(role).await;
    }
}

async fn run<D: Database>(role: Role) {
    let log = role.log().await;
    let url = &role.url;
    match role.bug {
        None => {
            let model = answered(|| <D as Database>::open(url)).await;
            project(&log, &model, D::one(), D::all()).await;
        }
        Some(bug) => {
            let model = answered(|| Staged::<D>::faulty(url, bug)).await;
            project(&log, &model, D::one(), D::all()).await;
        }
    }
}

async fn project<M: ReadModel>(
    log: &EventLog,
    model: &M,
    one: impl Projection<M::Connection>,
    all: impl Projection<M::Connection>,
) {
    let runner = Runner::new(log).lease(LEASE).expect("it takes time");
    let runner = runner.project(one, model).expect("a sound query");
    let runner = runner.project(all, model).expect("a sound query");
    let (stop, stopped) = oneshot::channel();
    until_told(move |_| stop.send(()).expect("it runs"));
    let status = runner.status();
    let watched = async {
        // A projection that has stopped by itself is not begun again: the parent need not wait for it.
        let mut look = tokio::time::interval(Duration::from_millis(100));
        loop {
            look.tick().await;
            let parts = status.parts();
            let given_up = parts.iter().find(|part| part.state == PartState::Stopped);
            assert!(given_up.is_none(), "{given_up:?}");
        }
    };
    tokio::select! {
        () = watched => {}
        parts = runner.run(async { drop(stopped.await) }) => {
            assert!(parts.iter().all(|part| part.state == PartState::Ended), "{parts:?}");
        }
    }
}
