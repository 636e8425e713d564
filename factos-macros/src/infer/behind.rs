//! What stands behind a pattern that lets only its own events through.

use syn::visit::{self, Visit};
use syn::{Expr, ExprLet, ExprMatch, Local, Pat, Stmt};

use super::body::Body;
use super::pattern::{self, EventPath};

impl Body {
    /// Reports events that are matched behind a pattern that did not name them: nothing would ever be written for them. In
    /// front of it a `match` as a statement of its own would have let them through.
    pub(super) fn behind(&mut self, statements: &[Stmt]) {
        if !self.kept.writes() {
            return;
        }
        let mut patterns = Patterns {
            body: self,
            paths: Vec::new(),
        };
        for statement in statements {
            patterns.visit_stmt(statement);
        }
        for path in patterns.paths {
            let known = self.found.iter().any(|known| {
                known.path.starts_with(&path.names) || path.names.starts_with(&known.path)
            });
            if !known {
                self.violation(self.reader.never_here(&path));
            }
        }
    }
}

/// The events that patterns name.
struct Patterns<'a> {
    body: &'a Body,
    paths: Vec<EventPath>,
}

impl Patterns<'_> {
    fn add(&mut self, expr: &Expr, pattern: &Pat) {
        if let Some(scrutinee) = self.body.scrutinee(expr)
            && let Ok(Some(paths)) = pattern::events_of(pattern, scrutinee)
        {
            self.paths.extend(paths);
        }
    }
}

impl<'ast> Visit<'ast> for Patterns<'_> {
    fn visit_expr_match(&mut self, choice: &'ast ExprMatch) {
        for arm in &choice.arms {
            self.add(&choice.expr, &arm.pat);
        }
        visit::visit_expr_match(self, choice);
    }

    fn visit_expr_let(&mut self, matched: &'ast ExprLet) {
        self.add(&matched.expr, &matched.pat);
        visit::visit_expr_let(self, matched);
    }

    fn visit_local(&mut self, local: &'ast Local) {
        if let Some(init) = &local.init {
            self.add(&init.expr, &local.pat);
        }
        visit::visit_local(self, local);
    }

    // The event may have another meaning there.
    fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
    fn visit_item(&mut self, _: &'ast syn::Item) {}
}
