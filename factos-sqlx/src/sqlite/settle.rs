//! Settles an append whose outcome was unknown: under the lock it is there, or it never will be.

use std::sync::Arc;

use factos_core::AppendId;
use factos_core::store::{Settled, StoreError};

use super::append::look_up;
use super::script::Script;
use super::store::Shared;
use super::writer::Turn;

/// Finds the append or makes its id void. Must not be dropped in the middle: see [`crate::task::uncancelled`].
pub(super) async fn settle(store: Arc<Shared>, id: AppendId) -> Result<Settled, StoreError> {
    let mut turn = store.writer.turn().await?;
    match find_or_refuse(&store, &mut turn, id).await {
        Ok(settled) => {
            turn.finish();
            Ok(settled)
        }
        Err(error) => turn.fail(error).await,
    }
}

async fn find_or_refuse(
    store: &Shared,
    turn: &mut Turn<'_>,
    id: AppendId,
) -> Result<Settled, StoreError> {
    let found = look_up(store, turn, id).await?;
    let mut script = Script::default();
    let settled = match found {
        Some(Some(receipt)) => Settled::Committed(receipt),
        Some(None) => Settled::Void,
        None => {
            script
                .text("INSERT INTO factos_ids (id, log, kind) VALUES (?, ?, 1)")
                .bind(&id.as_bytes()[..])
                .bind(store.log.0)
                .end();
            Settled::Void
        }
    };
    script.statement("COMMIT");
    turn.link()?.run(script, |_, _| Ok(())).await?;
    Ok(settled)
}
