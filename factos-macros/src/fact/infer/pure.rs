//! Expressions that stand outside of narrowed arms: they may compute, but touch neither the event nor the state.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Expr, ExprPath, Ident};

use crate::fact::state::Kept;

/// Why an expression may not stand there.
pub(super) enum Impurity {
    /// It uses the event.
    Event(Span),
    /// It uses a state that can be changed where it stands.
    State(Span),
    /// It leaves the function.
    Leaves(Span),
    /// It is a macro, whose code is not seen.
    Macro(Span),
}

/// The first reason why the expression is not pure.
pub(super) fn impurity(expr: &Expr, event: Option<&Ident>, kept: &Kept) -> Option<Impurity> {
    let mut search = Search {
        event,
        kept,
        found: None,
    };
    search.visit_expr(expr);
    search.found
}

struct Search<'a> {
    event: Option<&'a Ident>,
    kept: &'a Kept,
    found: Option<Impurity>,
}

impl Search<'_> {
    fn report(&mut self, impurity: Impurity) {
        self.found.get_or_insert(impurity);
    }
}

impl<'ast> Visit<'ast> for Search<'_> {
    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        if let Some(name) = path.path.get_ident() {
            let is = |known: &Ident| known.unraw() == name.unraw();
            if self.event.is_some_and(is) {
                self.report(Impurity::Event(name.span()));
            } else if self.kept.mutable && self.kept.names.iter().any(is) {
                self.report(Impurity::State(name.span()));
            }
        }
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            Expr::Return(leave) => self.report(Impurity::Leaves(leave.return_token.span())),
            Expr::Try(leave) => self.report(Impurity::Leaves(leave.question_token.span())),
            Expr::Verbatim(tokens) => self.report(Impurity::Macro(tokens.span())),
            _ => visit::visit_expr(self, expr),
        }
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        self.report(Impurity::Macro(called.path.span()));
    }

    // Items do not see the function's variables.
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if let syn::Item::Macro(found) = item {
            self.report(Impurity::Macro(found.mac.path.span()));
        }
    }
}
