//! What is left unchanged on the paths that no pattern has narrowed.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, ExprCall, Ident};

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
    /// It answers nothing, which this expression makes: `Ok(())`, `None`, `Vec::new()`.
    Unanswered(TokenStream),
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
        self.is_state(expr) || (self.is_done() && is_ok(expr)) || self.is_nothing(expr)
    }

    /// Whether this is a reactor's answer that nothing is to be done.
    ///
    /// The names are trusted, since the macro has rustc make sure that the answer's type is one of std's or factos' own.
    pub(super) fn is_nothing(&self, expr: &Expr) -> bool {
        if !self.is_unanswered() {
            return false;
        }
        match expr {
            Expr::Paren(inner) => self.is_nothing(&inner.expr),
            Expr::Group(inner) => self.is_nothing(&inner.expr),
            Expr::Tuple(unit) => unit.elems.is_empty(),
            Expr::Macro(called) => called.mac.path.is_ident("vec") && called.mac.tokens.is_empty(),
            Expr::Path(path) => {
                let named = |name: &Ident| path.path.is_ident(name);
                path.path
                    .segments
                    .last()
                    .is_some_and(|last| last.ident == "None")
                    || self.names.iter().any(named)
            }
            Expr::Call(call) => match ok(expr) {
                Some(inner) => self.is_nothing(inner),
                None => call.args.is_empty() && makes_nothing(&call.func),
            },
            _ => false,
        }
    }

    /// Whether the names may be looked at beside the event, where nothing is changed.
    pub(super) fn is_looked_at(&self) -> bool {
        matches!(self.form, Form::State(_) | Form::InPlace)
    }

    /// Whether a body ends with `Ok(())`.
    pub(super) fn is_done(&self) -> bool {
        matches!(self.form, Form::Done)
    }

    /// Whether it is a reactor's, which answers events.
    pub(super) fn is_unanswered(&self) -> bool {
        matches!(self.form, Form::Unanswered(_))
    }

    /// Whether nothing at all may be done for every event, in whichever way.
    pub(super) fn is_strict(&self) -> bool {
        self.is_passed() || self.is_unanswered()
    }

    /// Whether the body is that of a loop over events.
    pub(super) fn is_passed(&self) -> bool {
        matches!(self.form, Form::Passed)
    }

    /// Whether it is a projection's or a reactor's, which has no state that goes from one event to the next.
    pub(super) fn writes(&self) -> bool {
        self.is_done() || self.is_strict()
    }

    /// What the body ends with, for messages.
    pub(super) fn value(&self) -> TokenStream {
        match &self.form {
            Form::State(state) => state.clone(),
            Form::Done => quote!(Ok(())),
            Form::Unanswered(nothing) => nothing.clone(),
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
            Form::Unanswered(nothing) => quote!(return #nothing),
        }
    }
}

/// `Ok(())`, with any path in front: with no arguments, a function of that name has nothing to write with.
fn is_ok(expr: &Expr) -> bool {
    matches!(ok(expr), Some(Expr::Tuple(unit)) if unit.elems.is_empty())
}

/// What stands in `Ok(..)`.
fn ok(expr: &Expr) -> Option<&Expr> {
    let Expr::Call(call) = expr else {
        return None;
    };
    call.args.first().filter(|_| is_call_of_ok(call))
}

/// What stands in `Ok(..)`.
pub(super) fn in_ok(call: &mut ExprCall) -> Option<&mut Expr> {
    let is_ok = is_call_of_ok(call);
    call.args.first_mut().filter(|_| is_ok)
}

fn is_call_of_ok(call: &ExprCall) -> bool {
    let named = matches!(&*call.func, Expr::Path(path)
        if path.path.segments.last().is_some_and(|last| last.ident == "Ok"));
    named && call.args.len() == 1
}

/// `Vec::new`, `Commands::new`, with any path in front.
fn makes_nothing(function: &Expr) -> bool {
    let Expr::Path(path) = function else {
        return false;
    };
    let mut names = path
        .path
        .segments
        .iter()
        .rev()
        .map(|segment| &segment.ident);
    let is_new = names.next().is_some_and(|name| name == "new");
    is_new
        && names
            .next()
            .is_some_and(|name| name == "Vec" || name == "Commands")
}
