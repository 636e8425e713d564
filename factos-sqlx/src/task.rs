//! Operations that must not stop in the middle.

use std::future::Future;
use std::sync::Arc;

use factos_core::store::StoreError;
use tokio::runtime::Handle;

/// Runs an operation in a task of its own, which goes on when the caller goes away: nothing is left half done.
pub(crate) async fn uncancelled<T: Send + 'static>(
    operation: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, StoreError> {
    let runtime =
        Handle::try_current().map_err(|error| StoreError::Unavailable(Arc::new(error)))?;
    match runtime.spawn(operation).await {
        Ok(outcome) => outcome,
        // The runtime it ran on is shutting down, or it panicked: it stopped wherever it was, perhaps behind `COMMIT`.
        Err(error) => Err(StoreError::OutcomeUnknown(Arc::new(error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn after_a_panic_the_outcome_is_unknown() {
        let outcome: Result<(), _> = uncancelled(async { panic!("behind the commit") }).await;
        assert!(
            matches!(outcome, Err(StoreError::OutcomeUnknown(_))),
            "{outcome:?}"
        );
    }
}
