//! The processes of a history: told to append, heard of what they apply, killed, and ended.

use std::time::{Duration, Instant};

use fastrand::Rng;
use futures_util::future::select_all;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use crate::parts::Role;
use crate::staged::Bug;
use crate::support::worker::Worker;

/// How long something may take that is bound to happen, also while a database is restarted and leases run out.
const LONG: Duration = Duration::from_mins(1);

const WRITERS: usize = 3;
const RUNNERS: usize = 2;

/// Processes of both parts.
pub struct Crew {
    role: Role,
    rng: Rng,
    writers: Vec<Worker>,
    runners: Vec<Worker>,
}

impl Crew {
    pub fn start(url: &str, bug: Option<Bug>, rng: Rng) -> Self {
        let role = Role {
            url: url.to_owned(),
            seed: 0,
            bug,
        };
        let mut crew = Self {
            role,
            rng,
            writers: Vec::new(),
            runners: Vec::new(),
        };
        crew.writers = (0..WRITERS).map(|_| crew.begin("parts::writer")).collect();
        crew.runners = (0..RUNNERS).map(|_| crew.begin("parts::runner")).collect();
        crew
    }

    fn begin(&mut self, part: &str) -> Worker {
        self.role.seed = self.rng.u64(..);
        let argument = serde_json::to_string(&self.role).expect("it is json");
        Worker::start(part, &[&argument])
    }

    /// Has all writers append something.
    pub async fn write(&mut self) {
        for writer in &mut self.writers {
            tell(writer, "go").await;
        }
    }

    /// Waits until all of them have; one is killed in between, if that is wanted.
    pub async fn written(&mut self, kills: bool) {
        if kills {
            let n = self.rng.usize(..WRITERS);
            kill(&mut self.writers[n], &mut self.rng).await;
            self.writers[n] = self.begin("parts::writer");
            tell(&mut self.writers[n], "go").await;
        }
        for writer in &mut self.writers {
            let said = timeout(LONG, writer.line()).await;
            assert_eq!(said.expect("in time").as_deref(), Some("done"));
        }
    }

    /// Kills whoever is at work on an event behind this position, and has another one take its place. Now and then all at
    /// once.
    pub async fn kill_at_work(&mut self, behind: u64) -> u32 {
        let n = self.at_work(behind).await;
        let are_all = self.rng.u32(..8) == 0;
        let mut kills = 0;
        for i in 0..RUNNERS {
            if i == n || are_all {
                kill(&mut self.runners[i], &mut self.rng).await;
                self.runners[i] = self.begin("parts::runner");
                kills += 1;
            }
        }
        kills
    }

    async fn at_work(&mut self, behind: u64) -> usize {
        let hear = async {
            loop {
                let runners = self.runners.iter_mut();
                let lines = runners.map(|runner| Box::pin(runner.line()));
                let (line, n, _) = select_all(lines).await;
                let line = line.expect("no runner ends by itself");
                if line.parse::<u64>().expect("a position") > behind {
                    return n;
                }
            }
        };
        timeout(LONG, hear).await.expect("somebody works")
    }

    /// Has the runners finish what they do.
    pub async fn end(mut self) {
        for runner in &mut self.runners {
            tell(runner, "stop").await;
        }
        for runner in &mut self.runners {
            while runner.line().await.is_some() {}
            let status = runner.process.wait().await.expect("it ends");
            assert!(status.success(), "a runner failed: {status}");
        }
    }
}

async fn tell(worker: &mut Worker, line: &str) {
    let line = format!("{line}\n");
    let told = worker.stdin.write_all(line.as_bytes()).await;
    told.expect("it listens");
}

/// Kills it, at a moment that is not in step with what it does.
async fn kill(worker: &mut Worker, rng: &mut Rng) {
    // Up to 32 ms, half of them below 3 ms: within a transaction, between two, or as it is committed.
    let longest = 1 << rng.u32(8..16);
    let end = Instant::now() + Duration::from_micros(rng.u64(..longest));
    while Instant::now() < end {
        tokio::task::yield_now().await;
    }
    worker.process.start_kill().expect("it lives");
    while worker.line().await.is_some() {}
    worker.process.wait().await.expect("it is dead");
}
