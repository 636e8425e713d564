//! What no event tells: appends that were accepted without events, and append ids that were made void.

use std::collections::BTreeMap;

use super::appends::UNLIMITED;
use super::write::append;
use super::{CopyError, CopyStep, Copying};
use crate::id::AppendId;
use crate::log::EventLog;
use crate::store::{
    Answer, AppendRequest, Group, ReadRequest, Receipt, Receipts, Settled, StoreError,
};
use crate::time::Timestamp;

impl Copying {
    /// Compares what both logs know, and copies what the target does not.
    pub(super) async fn receipts(&mut self) -> Result<(), CopyError> {
        let (mut after, mut done) = (None, 0);
        loop {
            self.tell(CopyStep::Receipts, done, None);
            // The target first: what it has by then was in the source before.
            let theirs = page(&self.target, after, self.page).await;
            let theirs = theirs.map_err(CopyError::Target)?;
            let ours = page(&self.source, after, self.page).await;
            let ours = ours.map_err(CopyError::Source)?;

            done += ours.len() as u64;
            after = ours.last().map(|(id, _)| *id);
            let is_last = (ours.len() as u64) < self.page;
            let end = if is_last { None } else { after };
            self.copy(missing(ours, theirs, end)?).await?;
            if is_last {
                self.tell(CopyStep::Receipts, done, Some(done));
                return Ok(());
            }
        }
    }

    async fn copy(&mut self, missing: Vec<(AppendId, Settled)>) -> Result<(), CopyError> {
        let (mut group, mut receipts) = (Group::new(), Vec::new());
        for (append_id, known) in missing {
            match known {
                Settled::Committed(receipt) => {
                    group.push(request(&receipt).map_err(CopyError::Source)?);
                    receipts.push(receipt);
                }
                Settled::Void => self.make_void(append_id).await?,
            }
        }
        if group.is_empty() {
            return Ok(());
        }
        let answers = append(&self.target, group).await?;
        for (receipt, answer) in receipts.into_iter().zip(answers) {
            let append_id = receipt.append_id;
            match answer {
                Ok(Answer::Accepted(told)) if told == receipt => self.copied.receipts += 1,
                Ok(Answer::Repeated(told)) if told == receipt => {}
                Ok(_) => return Err(CopyError::DivergedAppend { append_id }),
                Err(refusal) => return Err(CopyError::Refused { append_id, refusal }),
            }
        }
        Ok(())
    }

    async fn make_void(&mut self, append_id: AppendId) -> Result<(), CopyError> {
        match self.target.settle(append_id).await {
            Ok(Settled::Void) => {
                self.copied.receipts += 1;
                Ok(())
            }
            Ok(Settled::Committed(_)) => Err(CopyError::DivergedAppend { append_id }),
            Err(error) => Err(CopyError::Target(error)),
        }
    }
}

/// What the target does not know, if all that it knows up to `end` is what the source knows.
fn missing(
    ours: Vec<(AppendId, Settled)>,
    theirs: Vec<(AppendId, Settled)>,
    end: Option<AppendId>,
) -> Result<Vec<(AppendId, Settled)>, CopyError> {
    let mut theirs: BTreeMap<AppendId, Settled> = theirs.into_iter().collect();
    let mut missing = Vec::new();
    for (append_id, known) in ours {
        match theirs.remove(&append_id) {
            None => missing.push((append_id, known)),
            Some(same) if same == known => {}
            Some(_) => return Err(CopyError::DivergedAppend { append_id }),
        }
    }
    match theirs.into_keys().next() {
        Some(append_id) if end.is_none_or(|end| append_id <= end) => {
            Err(CopyError::DivergedAppend { append_id })
        }
        _ => Ok(missing),
    }
}

/// The request that is answered with this receipt.
fn request(receipt: &Receipt) -> Result<AppendRequest, StoreError> {
    // No event, no time: nothing keeps it.
    let now = Timestamp::from_micros(0);
    let request = AppendRequest::append(Vec::new(), now, &UNLIMITED);
    let request = request.map_err(|error| StoreError::Other(std::sync::Arc::new(error)))?;
    let request = request.with_id(receipt.append_id);
    Ok(match receipt.key.clone() {
        Some(key) => request.with_key(key),
        None => request,
    })
}

async fn page(
    log: &EventLog,
    after: Option<AppendId>,
    limit: u64,
) -> Result<Vec<(AppendId, Settled)>, StoreError> {
    let receipts = Receipts::WithoutEvents { after, limit };
    let request = ReadRequest::default().with_receipts(receipts);
    Ok(log.store().read(request).await?.receipts)
}
