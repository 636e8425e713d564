//! How long callers wait: for an answer, and for a database that is away.

use std::time::{Duration, Instant};

use factos::store::StoreError;
use fastrand::Rng;
use tokio::task::yield_now;

/// What a database may say while it is disturbed; everything else is a fault.
pub fn is_passing(error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable(_) | StoreError::Busy(_))
}

/// After this time a database does not come back any more.
const LONGEST_OUTAGE: Duration = Duration::from_mins(2);
/// Between two questions to a database that is away.
const PAUSE: Duration = Duration::from_millis(10);

/// Asks until there is an answer.
pub async fn answered<T, F>(ask: impl Fn() -> F) -> T
where
    F: Future<Output = Result<T, StoreError>>,
{
    let began = Instant::now();
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(error) => {
                let is_passing =
                    is_passing(&error) || matches!(error, StoreError::OutcomeUnknown(_));
                let is_over = began.elapsed() > LONGEST_OUTAGE;
                assert!(is_passing && !is_over, "the store fails: {error:?}");
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// How long a caller waits for its answer.
#[derive(Debug, Clone, Copy)]
pub enum Patience {
    Endless,
    /// Until its task has had so many turns.
    Turns(u32),
    Time(Duration),
}

impl Patience {
    /// Mostly endless.
    pub fn random(rng: &mut Rng) -> Self {
        match rng.u32(..20) {
            0 => Self::Turns(rng.u32(..4).pow(3)),
            1 => Self::Time(Duration::from_millis(rng.u64(1..8))),
            _ => Self::Endless,
        }
    }
}

/// The answer to a call; `None` when it was dropped before it had one.
pub async fn within<T>(patience: Patience, call: impl Future<Output = T>) -> Option<T> {
    match patience {
        Patience::Endless => Some(call.await),
        Patience::Time(time) => tokio::time::timeout(time, call).await.ok(),
        Patience::Turns(turns) => tokio::select! {
            biased;
            answer = call => Some(answer),
            () = pass(turns) => None,
        },
    }
}

/// Gives up so many turns.
pub async fn pass(turns: u32) {
    for _ in 0..turns {
        yield_now().await;
    }
}
