//! Processes of their own: this program, started again with a job on its standard input.
//!
//! A worker says `ready` when it is prepared, begins when it is told `go`, and answers with what it did.

use std::io::Write;
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
const STOP: &str = "stop";

/// What a worker did.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Done {
    pub run: Run,
    /// The bytes of memory that it had when it was ready; `None` where the system does not tell.
    pub memory_before: Option<u64>,
    /// The most that it had at once.
    pub peak_memory: Option<u64>,
    /// What it had when it was done.
    pub memory_after: Option<u64>,
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
        worker.ready().await?;
    }
    for worker in &mut workers {
        worker.go().await?;
    }
    let mut done = Vec::new();
    for worker in workers {
        done.push(worker.done().await?);
    }
    Ok(done)
}

/// What a worker does.
///
/// # Errors
/// The first failure.
pub async fn work() -> Result<(), Failure> {
    // Nothing else happens while it waits, so its thread may.
    let job: Job = serde_json::from_str(&hear()?)?;
    let ready = job.prepare().await?;
    let memory_before = memory::now();
    say(READY)?;
    hear()?;
    let done = Done {
        run: ready.run().await?,
        memory_before,
        peak_memory: memory::peak(),
        memory_after: memory::now(),
    };
    say(&serde_json::to_string(&done)?)
}

/// The next order to this process. Its thread waits.
fn hear() -> Result<String, Failure> {
    let mut order = String::new();
    match std::io::stdin().read_line(&mut order)? {
        0 => Err("nobody gives orders any more".into()),
        _ => Ok(order),
    }
}

/// Waits until this process is told to come to an end.
///
/// # Errors
/// When nobody can tell it any more.
pub async fn told_to_stop() -> Result<(), Failure> {
    tokio::task::spawn_blocking(hear).await??;
    Ok(())
}

fn say(line: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

/// A process of its own with a job.
pub struct Worker {
    process: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Worker {
    /// Starts it, and gives it its job.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(job: &Job) -> Result<Self, Failure> {
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

    /// Waits until it is prepared.
    ///
    /// # Errors
    /// When it fails.
    pub async fn ready(&mut self) -> Result<(), Failure> {
        self.expect(READY).await
    }

    /// Lets it begin.
    ///
    /// # Errors
    /// When it has ended.
    pub async fn go(&mut self) -> Result<(), Failure> {
        self.say(GO).await
    }

    /// Tells it to stop, if its job is one that waits for that.
    ///
    /// # Errors
    /// When it has ended.
    pub async fn stop(&mut self) -> Result<(), Failure> {
        self.say(STOP).await
    }

    /// Ends it as a crash does, and waits until it is gone.
    ///
    /// # Errors
    /// When the system does not let us.
    pub async fn kill(mut self) -> Result<(), Failure> {
        Ok(self.process.kill().await?)
    }

    /// Waits until its work is done.
    ///
    /// # Errors
    /// When it fails.
    pub async fn done(mut self) -> Result<Done, Failure> {
        let done = serde_json::from_str(&self.line().await?)?;
        self.process.wait().await?;
        Ok(done)
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
