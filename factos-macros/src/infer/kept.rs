//! What is left unchanged on the paths that no pattern has narrowed.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, Ident};

use super::same_tokens;

/// What may not change there, and how the body says that it did not.
#[derive(Clone)]
pub(crate) struct Kept {
    pub(crate) form: Form,
    pub(crate) names: Vec<Ident>,
    /// Whether the names can be changed where they stand.
    pub(crate) mutable: bool,
}

/// How a body says that an event is not its business.
#[derive(Clone)]
pub(crate) enum Form {
    /// It returns the state as it was: `n`, or `(a, b)`.
    State(TokenStream),
    /// It does nothing: the state is changed in place.
    InPlace,
    /// It writes nothing, and returns `Ok(())`.
    Done,
    /// It goes on to the next event of a loop.
    Passed,
}

impl Kept {
    /// Whether the state is changed in place.
    pub(super) fn in_place(&self) -> bool {
        matches!(self.form, Form::InPlace)
    }

    /// Whether this expression is the state.
    pub(super) fn is_state(&self, expr: &Expr) -> bool {
        matches!(&self.form, Form::State(state) if same_tokens(state, expr))
    }

    /// Whether a body that gives this value has changed nothing.
    pub(super) fn is_value(&self, expr: &Expr) -> bool {
        self.is_state(expr) || (self.is_done() && is_ok(expr))
    }

    /// Whether the names may be looked at beside the event, where nothing is changed.
    pub(super) fn is_looked_at(&self) -> bool {
        matches!(self.form, Form::State(_) | Form::InPlace)
    }

    /// Whether a body ends with `Ok(())`.
    pub(super) fn is_done(&self) -> bool {
        matches!(self.form, Form::Done)
    }

    /// Whether the body is that of a loop over events.
    pub(super) fn is_passed(&self) -> bool {
        matches!(self.form, Form::Passed)
    }

    /// Whether it is a projection's, which has no state that goes from one event to the next.
    pub(super) fn writes(&self) -> bool {
        self.is_done() || self.is_passed()
    }

    /// What the body ends with, for messages.
    pub(super) fn value(&self) -> TokenStream {
        match &self.form {
            Form::State(state) => state.clone(),
            Form::Done => quote!(Ok(())),
            Form::InPlace | Form::Passed => quote!(()),
        }
    }

    /// What leaves the body, or the round of a loop, from any place in it.
    pub(super) fn leave(&self) -> TokenStream {
        match &self.form {
            Form::State(state) => quote!(return #state),
            Form::InPlace => quote!(return),
            Form::Done => quote!(return ::core::result::Result::Ok(())),
            Form::Passed => quote!(continue),
        }
    }
}

/// `Ok(())`, with any path in front: with no arguments, a function of that name has nothing to write with.
fn is_ok(expr: &Expr) -> bool {
    let Expr::Call(call) = expr else {
        return false;
    };
    let named = matches!(&*call.func, Expr::Path(path)
        if path.path.segments.last().is_some_and(|last| last.ident == "Ok"));
    let mut arguments = call.args.iter();
    let unit = matches!(arguments.next(), Some(Expr::Tuple(unit)) if unit.elems.is_empty());
    named && unit && arguments.next().is_none()
}
