//! Comparing both logs, event by event.

use futures_util::future::try_join;

use super::pages::{Page, PageSize, page};
use super::{CopyError, CopyStep, Copying};
use crate::position::Position;
use crate::store::Settled;

impl Copying {
    /// Compares all events that the target has with those of the source, and the keys that they came under.
    pub(super) async fn verify(&mut self) -> Result<(), CopyError> {
        let mut size = PageSize::new(self.page);
        let mut compared = Position::START;
        loop {
            let asked = size.next();
            let ours = async {
                let page = page(&self.source, compared, asked).await;
                page.map_err(CopyError::Source)
            };
            let theirs = async {
                let page = page(&self.target, compared, asked).await;
                page.map_err(CopyError::Target)
            };
            let (ours, theirs) = try_join(ours, theirs).await?;
            compare(&ours, &theirs)?;
            size.learn(&theirs.events);
            compared = theirs.to();
            let total = theirs.head.get();
            self.tell(CopyStep::Verify, compared.get(), Some(total));
            if compared >= theirs.head {
                return Ok(());
            }
        }
    }
}

/// The source may have more than the target.
fn compare(ours: &Page, theirs: &Page) -> Result<(), CopyError> {
    for (i, event) in theirs.events.iter().enumerate() {
        if ours.events.get(i) != Some(event) {
            let position = event.position;
            return Err(CopyError::Diverged { position });
        }
    }
    let end = theirs.to();
    let begins_there = |known: &Settled| match known {
        Settled::Committed(receipt) => receipt.appended.is_some_and(|at| at.first <= end),
        Settled::Void => true,
    };
    let mut keyed = ours.keyed.iter().filter(|(_, known)| begins_there(known));
    let mut theirs = theirs.keyed.iter();
    loop {
        match (keyed.next(), theirs.next()) {
            (None, None) => return Ok(()),
            (ours, theirs) if ours == theirs => {}
            (Some((append_id, _)), _) | (None, Some((append_id, _))) => {
                let append_id = *append_id;
                return Err(CopyError::DivergedAppend { append_id });
            }
        }
    }
}
