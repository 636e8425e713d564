//! Runs clients and readers in processes of their own, kills some of them, and disturbs their database.

use std::time::Instant;

use factos::EventLog;
use fastrand::Rng;
use serde::Serialize;

use super::crew::Crew;
use super::environment::Environment;
use super::history::History;
use super::patience::answered;
use super::store::Store;

/// How much happens.
#[derive(Debug, Clone)]
pub struct Plan<S> {
    pub clients: u32,
    pub readers: u32,
    /// In each client.
    pub tasks: u64,
    /// Calls that are answered in all: the appends that are stored, or the dispatches.
    pub calls: u64,
    /// So many are answered between two disturbances, on average.
    pub disturbed_after: u64,
    /// What each process is told besides.
    pub setting: S,
}

impl<S> Plan<S> {
    /// As many calls as a variable of the environment says, or else so many.
    pub fn asked_for(variable: &str, otherwise: u64, setting: S) -> Self {
        let said = std::env::var(variable);
        let calls = said.map_or(otherwise, |calls| calls.parse().expect("a number"));
        Self::of(calls, setting)
    }

    /// So many calls.
    pub fn of(calls: u64, setting: S) -> Self {
        Self {
            clients: 4,
            readers: 2,
            tasks: 6,
            calls,
            disturbed_after: 100 + calls / 400,
            setting,
        }
    }
}

impl History {
    /// Has several processes use one log, while some are killed and their database is disturbed. Answers how often.
    pub async fn run_processes<S: Clone + Serialize>(
        &self,
        environment: &mut impl Environment,
        plan: &Plan<S>,
    ) -> u32 {
        let mut rng = Rng::with_seed(self.seed);
        let mut crew = Crew::start(self, environment.url(), plan);
        let (mut disturbed, mut next) = (0, plan.disturbed_after);
        let mut progress = Progress::new(plan.calls);
        while crew.done() < plan.calls {
            crew.hear().await;
            progress.at(crew.done(), disturbed);
            if crew.done() >= next {
                disturb(&mut crew, environment, &mut rng).await;
                disturbed += 1;
                next += 1 + rng.u64(..2 * plan.disturbed_after);
            }
        }
        crew.end_clients().await;
        environment.rest().await;
        let log = EventLog::new(answered(|| Store::open(environment.url())).await);
        crew.end_readers(answered(|| log.head()).await).await;
        disturbed
    }
}

/// Kills a process, disturbs the database, or both at once.
async fn disturb<S: Clone + Serialize>(
    crew: &mut Crew<S>,
    environment: &mut impl Environment,
    rng: &mut Rng,
) {
    match rng.u32(..4) {
        0 => environment.disturb(rng).await,
        1 => crew.kill_a_reader(rng).await,
        2 => crew.kill_a_client(rng).await,
        _ => {
            let mut other = rng.fork();
            tokio::join!(environment.disturb(&mut other), crew.kill_a_client(rng));
        }
    }
}

/// Says how far a long run is.
struct Progress {
    began: Instant,
    calls: u64,
    next: u64,
}

impl Progress {
    fn new(calls: u64) -> Self {
        Self {
            began: Instant::now(),
            calls,
            next: 10_000,
        }
    }

    fn at(&mut self, done: u64, disturbed: u32) {
        if done >= self.next {
            let (all, seconds) = (self.calls, self.began.elapsed().as_secs());
            eprintln!("history: {done} of {all} calls, {disturbed} disturbances, {seconds} s");
            self.next += 10_000.max(all / 100);
        }
    }
}
