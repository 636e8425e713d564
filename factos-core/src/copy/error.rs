//! Why a log was not copied, or not to its end.

use crate::error::InvalidOption;
use crate::id::AppendId;
use crate::position::Position;
use crate::store::{Refusal, StoreError};

/// A log was not copied to its end. What the target has by then is whole; copying again carries on from there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// The source cannot be read. See [`StoreError`], then copy again.
    #[error("the source cannot be read")]
    Source(#[source] StoreError),
    /// The copy cannot be read or written to. See [`StoreError`], then copy again.
    #[error("the target cannot be read or written to")]
    Target(#[source] StoreError),
    /// The target has another event here than the source, or has it otherwise: it was not empty when the first copy began,
    /// or somebody has appended to it since. Copy to an empty log, and keep everybody from it until the copy is done.
    #[error("the target is no copy of this log: it has another event at position {position}")]
    Diverged {
        /// The first place that was seen to differ.
        position: Position,
    },
    /// The target knows something else of an append than the source: as [`CopyError::Diverged`], for what no event tells.
    #[error("the target is no copy of this log: it knows something else of append {append_id}")]
    DivergedAppend {
        /// The append's id.
        append_id: AppendId,
    },
    /// The target does not take an append that the source took, as an id or key of it is used there already, for
    /// instance. Copy to an empty log.
    #[error("the target does not take append {append_id}")]
    Refused {
        /// The append's id.
        append_id: AppendId,
        /// Why.
        #[source]
        refusal: Refusal,
    },
    /// An option of the copy cannot work. Correct the call.
    #[error(transparent)]
    Option(#[from] InvalidOption),
}
