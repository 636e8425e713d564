//! Expressions that stand outside of narrowed arms: they may compute, but neither touch what is kept, nor depend on what
//! the event is.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{BinOp, Expr, ExprField, ExprMethodCall, ExprPath, Ident, Member, UnOp};

use super::kept::Kept;

/// Why an expression may not stand there.
pub(crate) enum Impurity {
    /// It uses the event.
    Event(Span),
    /// It uses what is kept, which can be changed where it stands.
    Kept(Span),
    /// It leaves the function.
    Leaves(Span),
    /// It is a macro, whose code is not seen.
    Macro(Span),
    /// It waits for something else.
    Waits(Span),
    /// It may change what stands around a loop.
    Done(Span),
}

/// The first reason why the expression is not pure.
pub(super) fn impurity(
    expr: &Expr,
    event: Option<&Ident>,
    recorded: bool,
    kept: &Kept,
) -> Option<Impurity> {
    if kept.is_nothing(expr) {
        return None;
    }
    let mut search = Search {
        event,
        recorded,
        kept,
        found: None,
    };
    search.visit_expr(expr);
    if search.found.is_none() && kept.is_strict() && !search.only_looks(expr) {
        return Some(Impurity::Done(expr.span()));
    }
    search.found
}

struct Search<'a> {
    event: Option<&'a Ident>,
    recorded: bool,
    kept: &'a Kept,
    found: Option<Impurity>,
}

impl Search<'_> {
    fn report(&mut self, impurity: Impurity) {
        self.found.get_or_insert(impurity);
    }

    fn is_event(&self, expr: &Expr) -> bool {
        let named = |known: &Ident| matches!(expr, Expr::Path(path) if path.path.is_ident(known));
        self.event.is_some_and(named)
    }

    /// `event.recorded_at`: what was recorded beside the event tells nothing of its type. The state of a fact could still
    /// come to depend on it; what a projection writes cannot, outside of an arm.
    fn is_beside(&self, field: &ExprField) -> bool {
        let beside = matches!(&field.member, Member::Named(name) if name != "data");
        self.kept.writes() && self.recorded && beside && self.is_event(&field.base)
    }

    /// Whether nothing that stands around a loop can be changed by this, in whichever way: there a closure may be called, a
    /// `&mut` handed on.
    fn only_looks(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Lit(_) | Expr::Path(_) => true,
            Expr::Paren(inner) => self.only_looks(&inner.expr),
            Expr::Group(inner) => self.only_looks(&inner.expr),
            Expr::Reference(inner) => inner.mutability.is_none() && self.only_looks(&inner.expr),
            Expr::Unary(inner) => {
                matches!(inner.op, UnOp::Deref(_) | UnOp::Not(_)) && self.only_looks(&inner.expr)
            }
            Expr::Field(field) => self.is_beside(field) || self.only_looks(&field.base),
            Expr::MethodCall(call) => self.asks_the_record(call),
            Expr::Binary(both) => {
                compares(&both.op) && self.only_looks(&both.left) && self.only_looks(&both.right)
            }
            Expr::Tuple(tuple) => tuple.elems.iter().all(|part| self.only_looks(part)),
            _ => false,
        }
    }

    /// `event.id.to_string()`: only what was recorded beside the event is at hand.
    fn asks_the_record(&self, call: &ExprMethodCall) -> bool {
        let asked = match &*call.receiver {
            Expr::Field(field) => self.is_part(field),
            Expr::MethodCall(inner) => self.asks_the_record(inner),
            _ => false,
        };
        asked && call.args.iter().all(|arg| matches!(arg, Expr::Lit(_)))
    }

    fn is_part(&self, field: &ExprField) -> bool {
        match &*field.base {
            _ if self.is_beside(field) => true,
            Expr::Field(outer) => self.is_part(outer),
            _ => false,
        }
    }
}

/// Operators that borrow what they compare.
fn compares(op: &BinOp) -> bool {
    matches!(
        op,
        BinOp::Eq(_)
            | BinOp::Ne(_)
            | BinOp::Lt(_)
            | BinOp::Le(_)
            | BinOp::Gt(_)
            | BinOp::Ge(_)
            | BinOp::And(_)
            | BinOp::Or(_)
    )
}

impl<'ast> Visit<'ast> for Search<'_> {
    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        if let Some(name) = path.path.get_ident() {
            let is = |known: &Ident| known.unraw() == name.unraw();
            if self.event.is_some_and(is) {
                self.report(Impurity::Event(name.span()));
            } else if self.kept.mutable && self.kept.names.iter().any(is) {
                self.report(Impurity::Kept(name.span()));
            }
        }
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            Expr::Return(leave) => self.report(Impurity::Leaves(leave.return_token.span())),
            Expr::Try(leave) => {
                // That the connection is used says more.
                if self.kept.writes() {
                    self.visit_expr(&leave.expr);
                }
                self.report(Impurity::Leaves(leave.question_token.span()));
            }
            Expr::Await(wait) => {
                self.visit_expr(&wait.base);
                self.report(Impurity::Waits(wait.await_token.span()));
            }
            Expr::Verbatim(tokens) => self.report(Impurity::Macro(tokens.span())),
            Expr::Field(field) if self.is_beside(field) => {}
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
