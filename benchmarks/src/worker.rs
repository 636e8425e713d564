//! Processes of their own: this program, started again with a job on its standard input.
//!
//! A worker says `ready` when it is prepared, begins when it is told `go`, and answers with what it did.

use std::io::{BufRead, Write};
use std::process::Stdio;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::figures::Run;
use crate::job::Job;
use crate::measure::Failure;
use crate::memory;

const READY: &str = "ready";
const GO: &str = "go";

/// What a worker did.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Done {
    pub run: Run,
    /// The most bytes of memory that it had at once; `None` where the system does not tell.
    pub peak_memory: Option<u64>,
}

/// Has each job done by a process of its own, all at the same time.
///
/// # Errors
/// The first failure. The others are stopped.
pub async fn in_processes(jobs: &[Job]) -> Result<Vec<Done>, Failure> {
    let mut workers = Vec::new();
    for job in jobs {
        workers.push(Worker::start(job).await?);
    }
    for worker in &mut workers {
        worker.expect(READY).await?;
    }
    for worker in &mut workers {
        worker.say(GO).await?;
    }
    let mut done = Vec::new();
    for worker in &mut workers {
        done.push(serde_json::from_str(&worker.line().await?)?);
        worker.process.wait().await?;
    }
    Ok(done)
}

/// What a worker does.
///
/// # Errors
/// The first failure.
pub async fn work() -> Result<(), Failure> {
    // Nothing else happens while it waits, so its thread may.
    let mut heard = std::io::stdin().lock().lines();
    let mut hear = || {
        heard
            .next()
            .ok_or("nobody gives orders any more")?
            .map_err(Failure::from)
    };
    let job: Job = serde_json::from_str(&hear()?)?;
    let ready = job.prepare().await?;
    say(READY)?;
    hear()?;
    let done = Done {
        run: ready.run().await?,
        peak_memory: memory::peak(),
    };
    say(&serde_json::to_string(&done)?)
}

fn say(line: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

struct Worker {
    process: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Worker {
    async fn start(job: &Job) -> Result<Self, Failure> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg("--worker")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let orders = process.stdin.take().ok_or("the input is not piped")?;
        let answers = process.stdout.take().ok_or("the output is not piped")?;
        let mut worker = Self {
            process,
            orders,
            answers: BufReader::new(answers).lines(),
        };
        worker.say(&serde_json::to_string(job)?).await?;
        Ok(worker)
    }

    async fn say(&mut self, order: &str) -> Result<(), Failure> {
        self.orders.write_all(order.as_bytes()).await?;
        self.orders.write_all(b"\n").await?;
        Ok(self.orders.flush().await?)
    }

    async fn line(&mut self) -> Result<String, Failure> {
        let line = self.answers.next_line().await?;
        line.ok_or_else(|| "a worker ended before it was done".into())
    }

    async fn expect(&mut self, wanted: &str) -> Result<(), Failure> {
        let line = self.line().await?;
        if line == wanted {
            Ok(())
        } else {
            Err(format!("a worker said {line} instead of {wanted}").into())
        }
    }
}
