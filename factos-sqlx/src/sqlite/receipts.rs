//! Receipts: what the log knows of appends and no event tells.

use factos_core::store::{Receipts, StoreError};
use factos_core::{AppendId, Position};

use super::place::LogNumber;
use super::rows::KNOWN_COLUMNS;
use super::script::Script;
use crate::cause;

/// Adds the one statement that asks for them.
pub(super) fn ask(
    script: &mut Script,
    log: LogNumber,
    receipts: &Receipts,
) -> Result<(), StoreError> {
    match receipts {
        Receipts::Keyed { after, to } => keyed(script, log, *after, *to),
        Receipts::WithoutEvents { after, limit } => without_events(script, log, *after, *limit),
        _ => {
            let unknown = "this store knows no such receipts";
            return Err(StoreError::Other(cause(unknown)));
        }
    }
    Ok(())
}

/// Plan: `SEARCH e USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)`, then `SEARCH i USING PRIMARY KEY (id=? AND log=? AND
/// kind=?)` and keys by their primary key.
fn keyed(script: &mut Script, log: LogNumber, after: Position, to: Position) {
    script
        .format(format_args!(
            "SELECT {KNOWN_COLUMNS} FROM factos_events AS e \
             CROSS JOIN factos_ids AS i ON i.id = e.append_id AND i.log = ? AND i.kind = 1 AND i.place = e.place \
             AND i.key IS NOT NULL LEFT JOIN factos_keys AS k ON k.key = i.key AND k.log = i.log \
             WHERE e.place > ? AND e.place <= ? ORDER BY e.place"
        ))
        .bind(log.0)
        .bind(log.place(after))
        .bind(log.place(to))
        .end();
}

/// Plan: `SEARCH i USING INDEX factos_ids_without_events (log=? AND id>?)`, in its order, which is that of the ids' bytes.
fn without_events(script: &mut Script, log: LogNumber, after: Option<AppendId>, limit: u64) {
    let after = after.as_ref().map_or(&[][..], |id| &id.as_bytes()[..]);
    script
        .format(format_args!(
            "SELECT {KNOWN_COLUMNS} FROM factos_ids AS i INDEXED BY factos_ids_without_events \
             LEFT JOIN factos_events AS e ON e.place = i.place \
             LEFT JOIN factos_keys AS k ON k.key = i.key AND k.log = i.log \
             WHERE i.log = ? AND i.kind = 1 AND i.place IS NULL AND i.id > ? ORDER BY i.id LIMIT ? + 0"
        ))
        .bind(log.0)
        .bind(after)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .end();
}
