//! Writing to the target: appends that follow each other, in one commit, where they stood.

use super::appends::Whole;
use super::{CopyError, Copying};
use crate::commit::cause;
use crate::error::LimitError;
use crate::event::StoredEvent;
use crate::id::AppendId;
use crate::log::EventLog;
use crate::position::Position;
use crate::query::Query;
use crate::store::{
    Answer, AppendRequest, Group, Guard, ReadPart, ReadRequest, Receipt, Refusal, StoreError,
};

/// Bytes that one commit carries at most, unless a single append has more.
const BATCH_BYTES: usize = 4 << 20;

/// Whether a batch, or all of them, went where they belong.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// All of it is in the target now.
    All,
    /// The target has moved on, though to nothing but what the source has: another copy is under way, or an earlier one
    /// was still being written. Begin again at its head.
    Moved,
}

/// Appends for one commit, with the receipts that they must get.
pub(super) struct Batch {
    group: Group,
    receipts: Vec<Receipt>,
    bytes: usize,
}

impl Batch {
    /// The first one keeps all of them where they stood: nothing may stand behind the position in front of it.
    fn begin(request: AppendRequest, receipt: Receipt, after: Position) -> Self {
        let bytes = request.size();
        let guard = Guard::new(Query::all(), after);
        Self {
            group: Group::single(request.guarded([guard])),
            receipts: vec![receipt],
            bytes,
        }
    }

    /// Each of the others stands and falls with the one in front.
    fn push(&mut self, request: AppendRequest, receipt: Receipt) {
        self.bytes += request.size();
        let in_front = self.group.len() - 1;
        self.group.push_decided_on(request, vec![in_front]);
        self.receipts.push(receipt);
    }
}

/// Divides appends among commits.
pub(super) fn batches(appends: Vec<Whole>) -> Result<Vec<Batch>, CopyError> {
    let mut batches: Vec<Batch> = Vec::new();
    for append in appends {
        let first = append.first();
        let unwritable = |problem: LimitError| {
            CopyError::Source(StoreError::corrupt_event(first, problem.to_string()))
        };
        let (request, receipt) = append.request().map_err(unwritable)?;
        match batches.last_mut() {
            Some(batch) if batch.bytes + request.size() <= BATCH_BYTES => {
                batch.push(request, receipt);
            }
            _ => {
                let after = Position::new(first.get() - 1);
                batches.push(Batch::begin(request, receipt, after));
            }
        }
    }
    Ok(batches)
}

impl Copying {
    /// The target's head, which must be the end of an append that the source has there.
    pub(super) async fn begin(&mut self) -> Result<Position, CopyError> {
        let end = ReadPart::query(Query::all()).backward().limit(1);
        let (_, end) = events(&self.target, end).await.map_err(CopyError::Target)?;
        let Some(end) = end.first() else {
            return Ok(Position::START);
        };
        let in_front = Position::new(end.position.get() - 1);
        let part = ReadPart::query(Query::all())
            .after(in_front)
            .to(end.position.plus(1));
        let (head, there) = events(&self.source, part)
            .await
            .map_err(CopyError::Source)?;
        let mut there = there.iter();
        let position = match (there.next(), there.next()) {
            (None, _) => head.plus(1),
            (Some(same), _) if (same.id, same.append_id) != (end.id, end.append_id) => end.position,
            (_, Some(next)) if next.append_id == end.append_id => next.position,
            _ => return Ok(end.position),
        };
        Err(CopyError::Diverged { position })
    }

    /// Writes a batch, or of an append that is refused and all behind it nothing.
    pub(super) async fn write(&mut self, batch: Batch) -> Result<Written, CopyError> {
        let before = self.copied.head;
        let answers = append(&self.target, batch.group).await?;
        for (receipt, answer) in batch.receipts.into_iter().zip(answers) {
            let append_id = receipt.append_id;
            let (told, new) = match answer {
                Ok(Answer::Accepted(told)) => (told, true),
                Ok(Answer::Repeated(told)) => (told, false),
                Ok(Answer::Confirmed) => return Err(CopyError::DivergedAppend { append_id }),
                Err(refusal) => return self.refused(before, append_id, refusal).await,
            };
            let (true, Some(at)) = (told == receipt, told.appended) else {
                return Err(CopyError::DivergedAppend { append_id });
            };
            self.copied.head = at.last;
            if new {
                self.copied.events += at.last.get() - at.first.get() + 1;
            }
        }
        Ok(Written::All)
    }

    async fn refused(
        &mut self,
        before: Position,
        append_id: AppendId,
        refusal: Refusal,
    ) -> Result<Written, CopyError> {
        if self.begin().await? == before {
            return Err(CopyError::Refused { append_id, refusal });
        }
        Ok(Written::Moved)
    }
}

/// Has the target judge and write a group, and answer each of its requests.
pub(super) async fn append(
    target: &EventLog,
    group: Group,
) -> Result<Vec<Result<Answer, Refusal>>, CopyError> {
    let requests = group.len();
    let answers = target.committer().append_group(group).await;
    let answers = answers.map_err(CopyError::Target)?;
    if answers.len() != requests {
        let too_few = StoreError::Other(cause("the store gave too few answers"));
        return Err(CopyError::Target(too_few));
    }
    Ok(answers)
}

async fn events(
    log: &EventLog,
    part: ReadPart,
) -> Result<(Position, Vec<StoredEvent>), StoreError> {
    let snapshot = log.store().read(ReadRequest::new([part])).await?;
    Ok((
        snapshot.head,
        snapshot.parts.into_iter().flatten().collect(),
    ))
}
