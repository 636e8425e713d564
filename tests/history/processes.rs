//! Runs clients and readers in processes of their own, kills some of them, and disturbs their database.

use std::time::Instant;

use factos::EventLog;
use fastrand::Rng;

use crate::client::answered;
use crate::crew::Crew;
use crate::environment::Environment;
use crate::faulty::Bug;
use crate::run::History;
use crate::store::Store;

/// How much happens.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub clients: u32,
    pub readers: u32,
    /// In each client.
    pub tasks: u64,
    /// Appends that are stored in all.
    pub appends: u64,
    /// So many are stored between two disturbances, on average.
    pub disturbed_after: u64,
    /// What is to be wrong with the stores.
    pub bug: Option<Bug>,
}

impl Plan {
    /// As many appends as `FACTOS_HISTORY_APPENDS` says, or a few thousand.
    pub fn asked_for() -> Self {
        let said = std::env::var("FACTOS_HISTORY_APPENDS");
        Self::of(said.map_or(3_000, |appends| appends.parse().expect("a number")))
    }

    /// So many appends.
    pub fn of(appends: u64) -> Self {
        Self {
            clients: 4,
            readers: 2,
            tasks: 6,
            appends,
            disturbed_after: 100 + appends / 400,
            bug: None,
        }
    }
}

impl History {
    /// Has several processes use one log, while some are killed and their database is disturbed. Answers how often.
    pub async fn run_processes(&self, environment: &mut impl Environment, plan: Plan) -> u32 {
        let mut rng = Rng::with_seed(self.seed);
        let mut crew = Crew::start(self, environment.url(), plan);
        let (mut disturbed, mut next) = (0, plan.disturbed_after);
        let mut progress = Progress::new(plan.appends);
        while crew.stored() < plan.appends {
            crew.hear().await;
            progress.at(crew.stored(), disturbed);
            if crew.stored() >= next {
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
async fn disturb(crew: &mut Crew, environment: &mut impl Environment, rng: &mut Rng) {
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
    appends: u64,
    next: u64,
}

impl Progress {
    fn new(appends: u64) -> Self {
        Self {
            began: Instant::now(),
            appends,
            next: 10_000,
        }
    }

    fn at(&mut self, stored: u64, disturbed: u32) {
        if stored >= self.next {
            let (all, seconds) = (self.appends, self.began.elapsed().as_secs());
            eprintln!("history: {stored} of {all} appends, {disturbed} disturbances, {seconds} s");
            self.next += 10_000.max(all / 100);
        }
    }
}
