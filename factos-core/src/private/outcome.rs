//! What the functions of a projection return.

use crate::projection::ProjectionFailure;

/// A result with an error of any type.
#[diagnostic::on_unimplemented(
    message = "a projection cannot return `{Self}`",
    label = "neither `Ok(())` nor an error",
    note = "return `Result<(), E>` with an error that is `std::error::Error + Send + Sync`, or turns into one: \
            `sqlx::Result<()>`, `anyhow::Result<()>`, or an error of your own"
)]
pub trait Outcome {
    /// The result with any error in a box.
    ///
    /// # Errors
    /// The error, if it is one.
    fn boxed(self) -> Result<(), ProjectionFailure>;
}

#[diagnostic::do_not_recommend]
impl<E: Into<ProjectionFailure>> Outcome for Result<(), E> {
    fn boxed(self) -> Result<(), ProjectionFailure> {
        self.map_err(Into::into)
    }
}
