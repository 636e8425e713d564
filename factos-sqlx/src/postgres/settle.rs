//! Settles what became of an append.

use std::sync::Arc;

use factos_core::AppendId;
use factos_core::store::{Settled, StoreError};
use uuid::Uuid;

use super::arguments::Values;
use super::error::Failure;
use super::link::Pauses;
use super::rows::known;
use super::store::Shared;
use crate::cause;

const SETTLE: &str = "SELECT * FROM factos.settle($1, $2, $3, $4, $5, $6, $7, $8)";

/// Finds the append or makes its id void. Must not be dropped in the middle: see [`crate::task::uncancelled`].
///
/// What was lost is simply asked again: the second answer is the first one.
pub(super) async fn settle(store: Arc<Shared>, append_id: AppendId) -> Result<Settled, StoreError> {
    let deadline = store.deadline();
    let mut values = Values::default();
    store.add_entry(&mut values, true, store.info.seen());
    values.add(Uuid::from_bytes(*append_id.as_bytes()));
    let values = values.finish()?;
    let mut pauses = Pauses::default();
    loop {
        let mut writer = store.writer().await?;
        match writer
            .link()
            .call(store.answered_by(deadline), SETTLE, values.clone())
            .await
        {
            Ok(rows) => {
                writer.finish();
                let row = rows
                    .first()
                    .ok_or_else(|| StoreError::Other(cause("no answer")))?;
                return Ok(known(row)?.map_or(Settled::Void, Settled::Committed));
            }
            Err(Failure::Final(error)) => return Err(store.notice(error)),
            Err(failure) => {
                store.forget(&failure);
                if !pauses.pause(deadline).await {
                    return Err(failure.into_error());
                }
            }
        }
    }
}
