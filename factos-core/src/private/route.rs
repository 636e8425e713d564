//! Commands that `#[derive(Command)]` routes to the deciders of their variants.

use std::convert::Infallible;

/// The error of one command in an enum, to become that of the enum.
pub struct Rejection<X>(pub X);

impl Rejection<Infallible> {
    /// A command that is never rejected has no error to convert.
    pub fn into_error<E>(self) -> E {
        match self.0 {}
    }
}

/// What the error of each command in an enum becomes.
#[diagnostic::on_unimplemented(
    message = "the commands of this enum are rejected with `{E}`, which cannot be made from `{Self}`",
    label = "is rejected with `{Self}`",
    note = "write `impl From<{Self}> for {E}`, or name an error that is `From` those of all variants: \
            `#[command(error = AccountError)]` on the enum"
)]
pub trait RejectedAs<E> {
    /// The error of the enum.
    fn rejected_as(self) -> E;
}

#[diagnostic::do_not_recommend]
impl<X, E: From<X>> RejectedAs<E> for X {
    fn rejected_as(self) -> E {
        E::from(self)
    }
}

/// The conversion for every other error; a method of `Rejection` itself goes before that of a trait.
pub trait IntoError {
    /// The error of the one command.
    type Rejection;

    /// The error of the enum.
    fn into_error<E>(self) -> E
    where
        Self::Rejection: RejectedAs<E>;
}

impl<X> IntoError for Rejection<X> {
    type Rejection = X;

    fn into_error<E>(self) -> E
    where
        X: RejectedAs<E>,
    {
        self.0.rejected_as()
    }
}

/// The states belong to another variant than the command.
pub fn not_routed() -> ! {
    panic!(
        "a command is decided on the states of its own facts: those of `Reads::facts` on the same value"
    )
}
