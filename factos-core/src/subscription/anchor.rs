//! Makes sure that a log is still the one that was followed.

use crate::checkpoint::Checkpoint;
use crate::commit::cause;
use crate::event::StoredEvent;
use crate::log::EventLog;
use crate::position::Position;
use crate::query::Query;
use crate::store::{LogInfo, ReadPart, ReadRequest, Snapshot, StoreError};

/// Reads the event at the checkpoint again; nothing when it is not known which one that is.
pub(crate) fn part(checkpoint: &Checkpoint) -> Option<ReadPart> {
    checkpoint.event?;
    let before = Position::new(checkpoint.position.get().saturating_sub(1));
    let part = ReadPart::query(Query::all());
    Some(part.after(before).to(checkpoint.position).limit(1))
}

/// Reads. That a log was set back is told once, to whoever reads next, however far they have come: it is asked again then,
/// and the checkpoint says whether it concerns them.
pub(crate) async fn read<C>(
    log: &EventLog<C>,
    request: ReadRequest,
) -> Result<Snapshot, StoreError> {
    let asked = request.parts.len();
    let snapshot = match log.store().read(request.clone()).await {
        Err(StoreError::Rewound { .. } | StoreError::Rewritten { .. }) => {
            log.store().read(request).await?
        }
        read => read?,
    };
    // A part that is missing would look like one without events, and these would be passed over.
    if snapshot.parts.len() != asked {
        return Err(StoreError::Other(cause(
            "the store has not answered each part of a read",
        )));
    }
    Ok(snapshot)
}

/// The event at a position.
pub(crate) async fn event_at<C>(
    log: &EventLog<C>,
    position: Position,
) -> Result<Option<StoredEvent>, StoreError> {
    let before = Position::new(position.get().saturating_sub(1));
    let part = ReadPart::query(Query::all()).after(before).to(position);
    let snapshot = read(log, ReadRequest::new([part])).await?;
    Ok(snapshot.parts.into_iter().flatten().next())
}

/// Whether the checkpoint is one of this log at all.
pub(crate) fn is_of(checkpoint: &Checkpoint, log: &LogInfo) -> Result<(), StoreError> {
    if checkpoint.log == log.identity() {
        return Ok(());
    }
    Err(StoreError::AnotherLog(cause(
        "the checkpoint is one of another log",
    )))
}

/// Takes what [`part`] asked for, as the last part, out of what was read, and judges by it.
pub(crate) fn verify(checkpoint: &Checkpoint, snapshot: &mut Snapshot) -> Result<(), StoreError> {
    let there = part(checkpoint).and_then(|_| snapshot.parts.pop());
    if snapshot.head < checkpoint.position {
        return Err(StoreError::Rewound {
            seen: checkpoint.position,
            head: snapshot.head,
        });
    }
    let Some(there) = there else {
        return Ok(());
    };
    if there.first().map(|event| event.id) == checkpoint.event {
        return Ok(());
    }
    Err(StoreError::Rewritten {
        position: checkpoint.position,
    })
}
