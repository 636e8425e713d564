//! Walks the paths of a body that no pattern has narrowed yet.

use syn::spanned::Spanned as _;
use syn::visit::Visit;
use syn::{BinOp, Block, Expr, ExprTry, Ident, Stmt};

use super::kept::{Form, Kept, in_ok};
use super::pure::{Impurity, impurity};
use super::words::Reader;
use super::{Matched, Violation};
use crate::diagnostics::Diagnostics;

/// What becomes of an expression's value.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Value {
    /// It is what the function returns: the next state, or that all went well.
    Returned,
    /// It is `()`, or of no interest.
    Unit,
    /// It is `()`, and more statements come behind it.
    Statement,
    /// Something else is computed from it.
    Other,
}

/// Whether what follows can be reached without a pattern that named the event.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Reach {
    Open,
    Closed,
}

/// Whether a loop stands anywhere in an expression.
fn has_loops(expr: &Expr) -> bool {
    struct Loops(bool);
    impl<'ast> Visit<'ast> for Loops {
        fn visit_expr_for_loop(&mut self, _: &'ast syn::ExprForLoop) {
            self.0 = true;
        }
    }
    let mut loops = Loops(false);
    loops.visit_expr(expr);
    loops.0
}

/// The walk.
pub(crate) struct Body {
    pub(super) reader: Reader,
    pub(super) event: Option<Ident>,
    pub(super) recorded: bool,
    pub(super) kept: Kept,
    pub(super) found: Vec<Matched>,
    pub(super) violations: Vec<Violation>,
}

impl Body {
    pub(crate) fn new(reader: Reader, event: Option<Ident>, recorded: bool, kept: Kept) -> Self {
        Self {
            reader,
            event,
            recorded,
            kept,
            found: Vec::new(),
            violations: Vec::new(),
        }
    }

    pub(crate) fn read(&mut self, block: &mut Block, errors: &mut Diagnostics) {
        self.block(block, self.returned(), errors);
    }

    /// Reads what a loop does with each event.
    pub(crate) fn read_round(&mut self, event: Ident, block: &mut Block, errors: &mut Diagnostics) {
        let outer = self.event.replace(event);
        self.read(block, errors);
        self.event = outer;
    }

    /// What becomes of the body's own value.
    fn returned(&self) -> Value {
        match self.kept.form {
            Form::State(_) | Form::Done | Form::Unanswered(_) => Value::Returned,
            Form::InPlace => Value::Unit,
            // What comes behind it is the next round.
            Form::Passed => Value::Statement,
        }
    }

    pub(crate) fn found(self) -> (Vec<Matched>, Vec<Violation>) {
        (self.found, self.violations)
    }

    pub(crate) fn violation(&mut self, violation: Violation) {
        self.violations.push(violation);
    }

    pub(super) fn block(
        &mut self,
        block: &mut Block,
        value: Value,
        errors: &mut Diagnostics,
    ) -> Reach {
        let outer = self.kept.names.len();
        let reach = self.statements(block, value, errors);
        // Its variables end with it.
        self.kept.names.truncate(outer);
        reach
    }

    fn statements(&mut self, block: &mut Block, value: Value, errors: &mut Diagnostics) -> Reach {
        // Items are seen by the whole block, wherever they stand in it.
        for statement in &block.stmts {
            if let Stmt::Item(item) = statement {
                self.item(item);
            }
        }
        let count = block.stmts.len();
        for i in 0..count {
            let reach = match &mut block.stmts[i] {
                Stmt::Local(local) => self.local(local, errors),
                Stmt::Item(_) => Reach::Open,
                Stmt::Expr(expr, semicolon) => {
                    let value = match semicolon {
                        None if i + 1 == count => value,
                        None => Value::Statement,
                        Some(_) => Value::Unit,
                    };
                    self.expr(expr, value, errors)
                }
                Stmt::Macro(called) => self.impure(&Impurity::Macro(called.mac.path.span())),
            };
            if reach == Reach::Closed {
                self.behind(&block.stmts[i + 1..]);
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
            Expr::Return(leave) if self.kept.is_passed() => {
                // The events behind this one would not be seen.
                self.impure(&Impurity::Leaves(leave.return_token.span()));
                return Reach::Closed;
            }
            Expr::Return(leave) => {
                let value = self.returned();
                if let Some(inner) = &mut leave.expr {
                    self.expr(inner, value, errors);
                }
                return Reach::Closed;
            }
            Expr::Continue(next) if self.kept.is_passed() && next.label.is_none() => {
                return Reach::Closed;
            }
            Expr::Try(tried) if self.may_be_tried(&tried.expr) => {
                return self.tried(tried, errors);
            }
            Expr::Call(call) if value == Value::Returned && self.kept.is_unanswered() => {
                // `Ok(match event { .. })`
                if let Some(answer) = in_ok(call) {
                    return self.expr(answer, value, errors);
                }
            }
            _ => {}
        }
        if value == Value::Returned && (self.kept.is_value(expr) || self.is_kept_or_matched(expr)) {
            return Reach::Open;
        }
        if self.matches_macro(expr).is_some() {
            self.violation(self.reader.computed(expr.span()));
            return Reach::Open;
        }
        if value != Value::Returned {
            self.pure(expr);
        } else if self.is_another_value(expr) {
            self.violation(self.reader.another_value(expr.span(), &self.kept));
        }
        Reach::Open
    }

    /// Whether what is wrong with a returned value is that it is the wrong one; all else is reported.
    fn is_another_value(&mut self, expr: &Expr) -> bool {
        let found = impurity(expr, self.event.as_ref(), self.recorded, &self.kept);
        // A reactor's answer may well be made by a call.
        let is_answer = self.kept.is_unanswered() && matches!(found, Some(Impurity::Done(_)));
        is_answer || self.pure(expr)
    }

    /// Reports what keeps an expression from standing outside of narrowed arms.
    pub(super) fn pure(&mut self, expr: &Expr) -> bool {
        match impurity(expr, self.event.as_ref(), self.recorded, &self.kept) {
            // Uses of the events are reported wherever they stand, save for loops; one in another would be gone through as
            // often as there are events.
            Some(Impurity::Kept(_)) if self.kept.is_passed() => {
                if has_loops(expr) {
                    self.impure(&Impurity::Done(expr.span()));
                }
                false
            }
            Some(found) => {
                self.impure(&found);
                false
            }
            None => true,
        }
    }

    pub(super) fn impure(&mut self, found: &Impurity) -> Reach {
        self.violation(self.reader.impure(found, self.event.as_ref()));
        Reach::Open
    }

    /// `match event { .. }?` of a projection: its arms are results.
    fn may_be_tried(&self, expr: &Expr) -> bool {
        let walked = matches!(expr, Expr::Match(_) | Expr::If(_) | Expr::Block(_));
        walked && self.kept.writes()
    }

    fn tried(&mut self, tried: &mut ExprTry, errors: &mut Diagnostics) -> Reach {
        let value = if self.kept.is_done() || self.kept.is_unanswered() {
            Value::Returned
        } else {
            Value::Other
        };
        let reach = self.expr(&mut tried.expr, value, errors);
        if reach == Reach::Open && value == Value::Other {
            self.impure(&Impurity::Leaves(tried.question_token.span()));
        }
        reach
    }

    /// `already || matches!(event, ..)`.
    fn is_kept_or_matched(&mut self, expr: &mut Expr) -> bool {
        let Expr::Binary(either) = expr else {
            return false;
        };
        if !matches!(either.op, BinOp::Or(_)) || !self.kept.is_state(&either.left) {
            return false;
        }
        let Some((scrutinee, mut pattern)) = self.matches_macro(&mut either.right) else {
            return false;
        };
        self.narrow(&mut pattern, scrutinee)
    }
}
