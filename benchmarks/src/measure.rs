//! Runs an operation from several clients at once and counts.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::task::JoinSet;

use crate::figures::Run;

/// What is wrong with a benchmark: it stops.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

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
            // Each client does it once, however busy the machine is.
            while n == 0 || begin.elapsed() < duration {
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
