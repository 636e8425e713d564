//! Runs an operation from several clients at once and counts.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

/// What is wrong with a benchmark: it stops.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// One run of one operation.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Run {
    /// Operations a second, all clients together.
    pub per_second: f64,
    /// Microseconds within which half of the operations were answered.
    pub p50_us: u64,
    /// Microseconds within which 99 of 100 operations were answered.
    pub p99_us: u64,
}

impl Run {
    /// The run in the middle, figure by figure.
    pub fn median(runs: &[Self]) -> Self {
        let middle = |figure: fn(&Self) -> f64| median(runs.iter().map(figure).collect());
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole microseconds"
        )]
        #[expect(clippy::cast_precision_loss, reason = "microseconds of one operation")]
        Self {
            per_second: middle(|run| run.per_second),
            p50_us: middle(|run| run.p50_us as f64) as u64,
            p99_us: middle(|run| run.p99_us as f64) as u64,
        }
    }
}

impl Run {
    /// Runs of the same time in several processes: what they did together, and the slower one's times.
    pub fn together(parts: &[Self]) -> Self {
        let slowest = |figure: fn(&Self) -> u64| parts.iter().map(figure).max().unwrap_or(0);
        Self {
            per_second: parts.iter().map(|run| run.per_second).sum(),
            p50_us: slowest(|run| run.p50_us),
            p99_us: slowest(|run| run.p99_us),
        }
    }
}

/// The middle of the figures; of an even number of them the upper one.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
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
    let mut tasks = JoinSet::new();
    let begin = Instant::now();
    for client in 0..clients {
        let operation = operation.clone();
        tasks.spawn(async move {
            let mut latencies = Histogram::<u64>::new(3)?;
            let mut n = 0;
            while begin.elapsed() < duration {
                let started = Instant::now();
                operation(client, n).await?;
                latencies.record(u64::try_from(started.elapsed().as_micros())?.max(1))?;
                n += 1;
            }
            Ok::<_, Failure>(latencies)
        });
    }
    let mut all = Histogram::<u64>::new(3)?;
    while let Some(latencies) = tasks.join_next().await {
        all.add(latencies??)?;
    }
    let seconds = begin.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "far fewer operations than 2^52")]
    Ok(Run {
        per_second: all.len() as f64 / seconds,
        p50_us: all.value_at_quantile(0.5),
        p99_us: all.value_at_quantile(0.99),
    })
}
