//! Causes that no driver made.

use std::error::Error;
use std::io;
use std::sync::Arc;

use factos_core::store::Cause;

/// A message as a cause.
pub(crate) fn cause(message: impl Into<Box<dyn Error + Send + Sync>>) -> Cause {
    Arc::new(io::Error::other(message))
}
