//! Runs an operation from several clients at once and counts.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::figures::Run;

/// What is wrong with a benchmark: it stops.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How long operations took.
#[derive(Debug)]
pub struct Latencies(Histogram<u64>);

impl Latencies {
    /// None yet.
    ///
    /// # Errors
    /// None that depend on anything.
    pub fn new() -> Result<Self, Failure> {
        Ok(Self(Histogram::new(3)?))
    }

    /// Counts an operation.
    ///
    /// # Errors
    /// When it took longer than can be counted.
    pub fn record(&mut self, latency: Duration) -> Result<(), Failure> {
        let micros = u64::try_from(latency.as_micros())?;
        Ok(self.0.record(micros.max(1))?)
    }

    fn add(&mut self, others: &Self) -> Result<(), Failure> {
        Ok(self.0.add(&others.0)?)
    }

    /// What they come to, all done in this time.
    pub fn within(&self, time: Duration) -> Run {
        #[expect(clippy::cast_precision_loss, reason = "far fewer operations than 2^52")]
        Run {
            per_second: self.0.len() as f64 / time.as_secs_f64(),
            p50_us: self.0.value_at_quantile(0.5),
            p99_us: self.0.value_at_quantile(0.99),
        }
    }
}

/// Has `clients` tasks repeat an operation for a while. `operation(client, n)` makes the n-th one of a client.
///
/// # Errors
/// The first failure of an operation.
pub async fn run<F, O>(clients: usize, duration: Duration, operation: F) -> Result<Run, Failure>
where
    F: Fn(usize, u64) -> O + Clone + Send + 'static,
    O: Future<Output = Result<(), Failure>> + Send,
{
    run_at(Pace::Full, clients, duration, operation).await
}

/// How soon a client begins its next operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pace {
    /// As soon as the one before it is done.
    Full,
    /// Once in this time. A turn that comes while the operation before it is not done is left out.
    Every(Duration),
}

impl Pace {
    fn ticks(self) -> Option<Interval> {
        let Self::Every(time) = self else {
            return None;
        };
        let mut ticks = interval(time);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        Some(ticks)
    }
}

/// The same, at a pace.
///
/// # Errors
/// The first failure of an operation.
pub async fn run_at<F, O>(
    pace: Pace,
    clients: usize,
    duration: Duration,
    operation: F,
) -> Result<Run, Failure>
where
    F: Fn(usize, u64) -> O + Clone + Send + 'static,
    O: Future<Output = Result<(), Failure>> + Send,
{
    let mut tasks = JoinSet::new();
    let begin = Instant::now();
    for client in 0..clients {
        let operation = operation.clone();
        tasks.spawn(async move {
            let mut latencies = Latencies::new()?;
            let mut ticks = pace.ticks();
            let mut n = 0;
            // Each client does it once, however busy the machine is.
            while n == 0 || begin.elapsed() < duration {
                if let Some(ticks) = &mut ticks {
                    ticks.tick().await;
                }
                let started = Instant::now();
                operation(client, n).await?;
                latencies.record(started.elapsed())?;
                n += 1;
            }
            Ok::<_, Failure>(latencies)
        });
    }
    let mut all = Latencies::new()?;
    while let Some(latencies) = tasks.join_next().await {
        all.add(&latencies??)?;
    }
    Ok(all.within(begin.elapsed()))
}
