//! Walks the paths of a body that no pattern has narrowed yet.

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::{BinOp, Block, Expr, Ident, Stmt};

use super::pure::{Impurity, impurity};
use super::{Matched, Violation};
use crate::diagnostics::Diagnostics;
use crate::fact::check::FactInput;
use crate::fact::parse::same_tokens;
use crate::fact::state::Kept;

/// What becomes of an expression's value.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Value {
    /// It is the next state.
    State,
    /// It is `()`.
    Unit,
    /// Something else is computed from it.
    Other,
}

/// Whether what follows can be reached without a pattern that named the event.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Reach {
    Open,
    Closed,
}

/// The walk.
pub(super) struct Body {
    pub(super) fact: String,
    pub(super) event: Option<Ident>,
    pub(super) recorded: bool,
    pub(super) kept: Kept,
    pub(super) found: Vec<Matched>,
    pub(super) violations: Vec<Violation>,
}

impl Body {
    pub(super) fn new(fact: &FactInput, kept: Kept) -> Self {
        Self {
            fact: fact.item.sig.ident.to_string(),
            event: fact.event.clone(),
            recorded: fact.is_recorded(),
            kept,
            found: Vec::new(),
            violations: Vec::new(),
        }
    }

    pub(super) fn read(&mut self, block: &mut Block, errors: &mut Diagnostics) {
        let value = if self.kept.in_place {
            Value::Unit
        } else {
            Value::State
        };
        self.block(block, value, errors);
    }

    pub(super) fn found(self) -> (Vec<Matched>, Vec<Violation>) {
        (self.found, self.violations)
    }

    pub(super) fn violation(&mut self, span: Span, message: impl Into<String>) {
        let message = message.into();
        self.violations.push(Violation { span, message });
    }

    pub(super) fn block(
        &mut self,
        block: &mut Block,
        value: Value,
        errors: &mut Diagnostics,
    ) -> Reach {
        // Items are seen by the whole block, wherever they stand in it.
        for statement in &block.stmts {
            if let Stmt::Item(item) = statement {
                self.item(item);
            }
        }
        let count = block.stmts.len();
        for (i, statement) in block.stmts.iter_mut().enumerate() {
            let reach = match statement {
                Stmt::Local(local) => self.local(local, errors),
                Stmt::Item(_) => Reach::Open,
                Stmt::Expr(expr, semicolon) => {
                    let is_value = i + 1 == count && semicolon.is_none();
                    self.expr(expr, if is_value { value } else { Value::Unit }, errors)
                }
                Stmt::Macro(called) => self.impure(&Impurity::Macro(called.mac.path.span())),
            };
            if reach == Reach::Closed {
                return Reach::Closed;
            }
        }
        Reach::Open
    }

    pub(super) fn expr(
        &mut self,
        expr: &mut Expr,
        value: Value,
        errors: &mut Diagnostics,
    ) -> Reach {
        match expr {
            Expr::Paren(inner) => return self.expr(&mut inner.expr, value, errors),
            Expr::Group(inner) => return self.expr(&mut inner.expr, value, errors),
            Expr::Block(inner) if inner.label.is_none() => {
                return self.block(&mut inner.block, value, errors);
            }
            Expr::If(choice) => return self.choice(choice, value, errors),
            Expr::Match(choice) => {
                return match self.scrutinee(&choice.expr) {
                    Some(scrutinee) => self.match_event(choice, scrutinee, value, errors),
                    None => self.match_other(choice, value, errors),
                };
            }
            Expr::Return(leave) => {
                let in_place = self.kept.in_place;
                let value = if in_place { Value::Unit } else { Value::State };
                if let Some(inner) = &mut leave.expr {
                    self.expr(inner, value, errors);
                }
                return Reach::Closed;
            }
            _ => {}
        }
        if value == Value::State && (self.is_kept(expr) || self.is_kept_or_matched(expr)) {
            return Reach::Open;
        }
        if self.matches_macro(expr).is_some() {
            let message = "this is `false` for every event that is not named, so all of them would be read: make it \
                           the condition of an `if` whose `else` keeps the state, or `match` on the event";
            self.violation(expr.span(), message);
            return Reach::Open;
        }
        let clean = self.pure(expr);
        if clean && value == Value::State {
            let kept = &self.kept.expr;
            let message = format!(
                "fact `{}` would change here on events that no pattern names: give the state back as it is, `{kept}`, \
                 or list what is read: `#[fact(events(..))]`, `#[fact(all)]`",
                self.fact
            );
            self.violation(expr.span(), message);
        }
        Reach::Open
    }

    /// Reports what keeps an expression from standing outside of narrowed arms.
    pub(super) fn pure(&mut self, expr: &Expr) -> bool {
        match impurity(expr, self.event.as_ref(), &self.kept) {
            Some(found) => {
                self.impure(&found);
                false
            }
            None => true,
        }
    }

    pub(super) fn impure(&mut self, found: &Impurity) -> Reach {
        let fact = &self.fact;
        let event = self
            .event
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        let (span, message) = match found {
            Impurity::Event(span) => (
                *span,
                format!(
                    "`{event}` is used here without a pattern, so fact `{fact}` cannot tell which events it reads: \
                     match on it, or list them: `#[fact(events(..))]`, `#[fact(all)]`"
                ),
            ),
            Impurity::State(span) => (
                *span,
                format!(
                    "the state is used here for every event, so fact `{fact}` cannot tell which ones it reads: move \
                     this into an arm, or list them: `#[fact(events(..))]`, `#[fact(all)]`"
                ),
            ),
            Impurity::Leaves(span) => (
                *span,
                "this may leave the fact with another state on events that no pattern names: move it into an arm, or \
                 list what is read: `#[fact(events(..))]`"
                    .to_owned(),
            ),
            Impurity::Macro(span) => (
                *span,
                "what this macro does with the event and the state is not seen: move it into an arm, or list what is \
                 read: `#[fact(events(..))]`"
                    .to_owned(),
            ),
        };
        self.violation(span, message);
        Reach::Open
    }

    pub(super) fn is_kept(&self, expr: &Expr) -> bool {
        !self.kept.in_place && same_tokens(&self.kept.expr, expr)
    }

    /// `already || matches!(event, ..)`.
    fn is_kept_or_matched(&mut self, expr: &mut Expr) -> bool {
        let Expr::Binary(either) = expr else {
            return false;
        };
        if !matches!(either.op, BinOp::Or(_)) || !self.is_kept(&either.left) {
            return false;
        }
        let Some((scrutinee, mut pattern)) = self.matches_macro(&mut either.right) else {
            return false;
        };
        self.narrow(&mut pattern, scrutinee)
    }
}
