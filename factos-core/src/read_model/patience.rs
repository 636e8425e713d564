//! How long a read model is waited for.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use crate::store::StoreError;

/// Longer than whatever a read model waits for by itself: a connection that is dead without telling must not hold a part up.
const LONGEST_ANSWER: Duration = Duration::from_secs(40);

/// What a read model answers, unless it does not answer for too long.
pub(crate) async fn answered<T>(
    operation: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let answer = timeout(LONGEST_ANSWER, operation).await;
    answer.unwrap_or_else(|late| Err(StoreError::Unavailable(Arc::new(late))))
}
