//! The processes of a history: starting them, hearing how far they are, killing some, and ending all.

use std::time::{Duration, Instant};

use factos::Position;
use fastrand::Rng;
use futures_util::future::select_all;
use serde::Serialize;
use tokio::io::AsyncWriteExt;

use super::history::History;
use super::processes::Plan;
use super::role::Role;
use crate::support::worker::Worker;

/// All processes of a history.
pub struct Crew<S> {
    clients: Vec<Process<S>>,
    readers: Vec<Process<S>>,
}

/// A process, which may have taken the place of others that were killed.
struct Process<S> {
    part: &'static str,
    role: Role<S>,
    worker: Worker,
    /// How far it says it is.
    done: u64,
    /// What those said that were killed.
    done_before: u64,
}

impl<S: Clone + Serialize> Crew<S> {
    /// Starts all processes of a plan.
    pub fn start(history: &History, url: &str, plan: &Plan<S>) -> Self {
        let role = Role {
            url: url.to_owned(),
            directory: history.directory().path().to_owned(),
            name: String::new(),
            number: 0,
            seed: 0,
            tasks: plan.tasks,
            setting: plan.setting.clone(),
        };
        let start = |part, kind, count| {
            let processes = (0..count).map(|n: u32| {
                let name = format!("{kind}-{n}");
                let seed = Rng::with_seed(history.seed ^ u64::from(n)).u64(..);
                Process::start(
                    part,
                    Role {
                        name,
                        seed,
                        ..role.clone()
                    },
                )
            });
            processes.collect()
        };
        Self {
            clients: start("parts::client", "client", plan.clients),
            readers: start("parts::reader", "reader", plan.readers),
        }
    }

    /// Calls that clients say were answered.
    pub fn done(&self) -> u64 {
        let clients = self.clients.iter();
        clients.map(|client| client.done_before + client.done).sum()
    }

    /// Waits until a client says how far it is.
    pub async fn hear(&mut self) {
        let clients = self.clients.iter_mut();
        let lines = clients.map(|client| Box::pin(client.worker.line()));
        let (line, n, _) = select_all(lines).await;
        let client = &mut self.clients[n];
        let line = line.unwrap_or_else(|| panic!("{} has ended by itself", client.role.name));
        client.done = line.parse().expect("a number");
    }

    /// Kills a client and has another one take its place.
    pub async fn kill_a_client(&mut self, rng: &mut Rng) {
        let n = rng.usize(..self.clients.len());
        self.clients[n].replace(rng).await;
    }

    /// Kills a reader, or a client if there are no readers, and has another one take its place.
    pub async fn kill_a_reader(&mut self, rng: &mut Rng) {
        if self.readers.is_empty() {
            return self.kill_a_client(rng).await;
        }
        let n = rng.usize(..self.readers.len());
        self.readers[n].replace(rng).await;
    }

    /// Has the clients finish what they do.
    pub async fn end_clients(&mut self) {
        for client in &mut self.clients {
            client.tell("stop").await;
        }
        for client in &mut self.clients {
            client.end().await;
        }
    }

    /// Has the readers come to the log's end.
    pub async fn end_readers(&mut self, head: Position) {
        for reader in &mut self.readers {
            reader.tell(&head.to_string()).await;
            reader.end().await;
        }
    }
}

impl<S: Clone + Serialize> Process<S> {
    fn start(part: &'static str, role: Role<S>) -> Self {
        let argument = serde_json::to_string(&role).expect("it is json");
        Self {
            worker: Worker::start(part, &[&argument]),
            part,
            role,
            done: 0,
            done_before: 0,
        }
    }

    /// Kills it, at a moment that is not in step with what it does, and starts another one.
    async fn replace(&mut self, rng: &mut Rng) {
        let end = Instant::now() + Duration::from_micros(rng.u64(..3_000));
        while Instant::now() < end {
            tokio::task::yield_now().await;
        }
        let killed = self.worker.process.start_kill();
        killed.unwrap_or_else(|error| panic!("{} lives: {error}", self.role.name));
        while let Some(line) = self.worker.line().await {
            self.done = line.parse().expect("a number");
        }
        self.worker.process.wait().await.expect("it is dead");

        let done_before = self.done_before + self.done;
        let (number, seed) = (self.role.number + 1, Rng::with_seed(self.role.seed).u64(..));
        let role = Role {
            number,
            seed,
            ..self.role.clone()
        };
        *self = Self {
            done_before,
            ..Self::start(self.part, role)
        };
    }

    async fn tell(&mut self, line: &str) {
        let line = format!("{line}\n");
        let told = self.worker.stdin.write_all(line.as_bytes()).await;
        told.unwrap_or_else(|error| panic!("{} listens: {error}", self.role.name));
    }

    async fn end(&mut self) {
        while self.worker.line().await.is_some() {}
        let status = self.worker.process.wait().await.expect("it ends");
        assert!(status.success(), "{} failed: {status}", self.role.name);
    }
}
