//! Has processes append and project, kills them, and disturbs their databases.

use std::time::{Duration, Instant};

use factos::postgres::PostgresReadModel;
use factos::sqlite::SqliteReadModel;
use factos::{EventLog, Position, Projection};
use fastrand::Rng;

use crate::crew::Crew;
use crate::database::Database;
use crate::disturbed::environment::Environment;
use crate::disturbed::history::History;
use crate::disturbed::patience::answered;
use crate::disturbed::store::Store;
use crate::staged::{Bug, Staged};

/// How much happens.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How often a process is killed while it is at work.
    pub kills: u32,
    /// What is wrong with the runners' read model.
    pub bug: Option<Bug>,
}

impl Plan {
    /// As many kills as the environment says, or else 50.
    pub fn asked_for() -> Self {
        let said = std::env::var("FACTOS_HISTORY_KILLS");
        let kills = said.map_or(50, |kills| kills.parse().expect("a number"));
        Self { kills, bug: None }
    }
}

/// What has happened.
#[derive(Debug, Clone, Copy)]
pub struct Ran {
    pub kills: u32,
    pub disturbances: u32,
    pub events: u64,
}

/// Runs a history to its end: both projections have come to the end of the log.
pub async fn project_in_processes(
    history: &History,
    environment: &mut impl Environment,
    plan: Plan,
) -> Ran {
    let mut rng = Rng::with_seed(history.seed);
    let url = environment.url().to_owned();
    let log = EventLog::new(answered(|| Store::open(&url)).await);
    if let Some(bug) = plan.bug {
        if url.starts_with("sqlite") {
            set_up::<SqliteReadModel>(&log, &url, bug).await;
        } else {
            set_up::<PostgresReadModel>(&log, &url, bug).await;
        }
    }
    let mut crew = Crew::start(&url, plan.bug, rng.fork());
    let (mut kills, mut disturbances) = (0, 0);
    let mut progress = Progress::new(plan.kills);
    while kills < plan.kills {
        let head = head(&log).await;
        crew.write().await;
        if rng.u32(..3) == 0 {
            let killing = crew.kill_at_work(head.get());
            let (killed, ()) = tokio::join!(killing, environment.disturb(&mut rng));
            kills += killed;
            disturbances += 1;
        } else {
            kills += crew.kill_at_work(head.get()).await;
        }
        crew.written(rng.u32(..4) == 0).await;
        progress.at(kills, head);
    }
    environment.rest().await;
    let head = head(&log).await;
    if url.starts_with("sqlite") {
        wait_for::<SqliteReadModel>(&log, &url, plan, head).await;
    } else {
        wait_for::<PostgresReadModel>(&log, &url, plan, head).await;
    }
    crew.end().await;
    environment.examine().await.expect("the database is sound");
    Ran {
        kills,
        disturbances,
        events: head.get(),
    }
}

async fn head(log: &EventLog) -> Position {
    answered(|| log.head()).await
}

/// Makes the tables: a bug is to show in the rows, not in tables that are missing.
async fn set_up<D: Database>(log: &EventLog, url: &str, bug: Bug) {
    let model = Staged::<D>::faulty(url, bug).await.expect("it opens");
    let (one, all) = (
        log.projection(D::one(), &model),
        log.projection(D::all(), &model),
    );
    let (one, all) = (one.expect("a sound query"), all.expect("a sound query"));
    one.catch_up().await.expect("nobody else is there");
    all.catch_up().await.expect("nobody else is there");
}

/// Waits until both projections have come so far.
async fn wait_for<D: Database>(log: &EventLog, url: &str, plan: Plan, head: Position) {
    const LONG: Duration = Duration::from_mins(1);
    let open = || async {
        match plan.bug {
            Some(Bug::CheckpointFirst | Bug::RowsFirst) => D::open_other(url).await,
            _ => <D as Database>::open(url).await,
        }
    };
    let model = answered(open).await;
    come_to(log, &model, D::one(), head, LONG).await;
    come_to(log, &model, D::all(), head, LONG).await;
}

async fn come_to<D: Database>(
    log: &EventLog,
    model: &D,
    projection: impl Projection<D::Connection>,
    head: Position,
    time: Duration,
) {
    let handle = log.projection(projection, model).expect("a sound query");
    let come = handle.wait_for(head, time).await;
    come.expect("it comes to the end of the log");
}

/// Says how far a long run is.
struct Progress {
    began: Instant,
    kills: u32,
    next: u32,
}

impl Progress {
    fn new(kills: u32) -> Self {
        Self {
            began: Instant::now(),
            kills,
            next: 100,
        }
    }

    fn at(&mut self, done: u32, head: Position) {
        if done >= self.next {
            let (all, seconds) = (self.kills, self.began.elapsed().as_secs());
            eprintln!("projecting history: {done} of {all} kills, {head} events, {seconds} s");
            self.next += 100;
        }
    }
}
