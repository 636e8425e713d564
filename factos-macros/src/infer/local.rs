//! `let` and items on the paths that no pattern has narrowed yet.

use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Ident, Item, Local, Pat, UseTree};

use super::body::{Body, Reach, Value};
use super::pure::Impurity;
use super::{Violation, pattern};
use crate::diagnostics::Diagnostics;

impl Body {
    pub(super) fn local(&mut self, local: &mut Local, errors: &mut Diagnostics) -> Reach {
        let Some(init) = &mut local.init else {
            self.no_shadow(&local.pat);
            return Reach::Open;
        };
        let untyped = match &mut local.pat {
            Pat::Type(typed) => &mut typed.pat,
            pattern => pattern,
        };
        if let Some(scrutinee) = self.scrutinee(&init.expr) {
            // `let e = event` names nothing.
            if let Ok(None) = pattern::events_of(untyped, scrutinee) {
                self.pure(&init.expr);
                return Reach::Closed;
            }
            self.narrow(untyped, scrutinee);
            if let Some((_, otherwise)) = &mut init.diverge {
                self.expr(otherwise, Value::Unit, errors);
            }
            return Reach::Closed;
        }
        let reach = self.expr(&mut init.expr, Value::Other, errors);
        if let Some((_, otherwise)) = &mut init.diverge {
            self.expr(otherwise, Value::Unit, errors);
        }
        if reach == Reach::Open {
            self.no_shadow(&local.pat);
            if init.diverge.is_none() && self.kept.is_nothing(&init.expr) {
                self.kept.names.extend(plain_name(&local.pat).cloned());
            }
        }
        reach
    }

    /// Names of the state and the event keep their meaning up to the pattern that narrows.
    pub(super) fn no_shadow(&mut self, pattern: &Pat) {
        if let Some(span) = pattern::called_macro(pattern) {
            self.impure(&Impurity::Macro(span));
        }
        for name in pattern::bindings(pattern) {
            self.not_hidden(name);
        }
    }

    /// Items do not see the function's variables, but a constant, or a macro, could stand in for one.
    pub(crate) fn item(&mut self, item: &Item) {
        let introduced: Vec<&Ident> = match item {
            Item::Const(item) => vec![&item.ident],
            Item::Static(item) => vec![&item.ident],
            Item::Use(item) => imported(&item.tree),
            Item::Macro(called) => {
                self.violation(self.reader.macro_of_its_own(called.mac.path.span()));
                return;
            }
            _ => Vec::new(),
        };
        for name in introduced {
            self.not_hidden(name);
        }
    }

    fn not_hidden(&mut self, name: &Ident) {
        if name == "matches" {
            let message = "`matches` hides the macro of std, whose patterns are read; choose another name here";
            self.violation(Violation::new(name.span(), message));
        }
        // In a loop, the whole body is searched for what hides the events.
        let kept = (!self.kept.is_passed()).then_some(&self.kept.names);
        let mut known = kept.into_iter().flatten().chain(&self.event);
        if known.any(|known| known.unraw() == name.unraw()) {
            self.violation(self.reader.hides(name));
        }
    }
}

/// The name of a variable, `let mut commands: Commands`.
fn plain_name(pattern: &Pat) -> Option<&Ident> {
    match pattern {
        Pat::Type(typed) => plain_name(&typed.pat),
        Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => Some(&name.ident),
        _ => None,
    }
}

/// The names that a `use` brings in; those behind a `*` are not seen.
fn imported(tree: &UseTree) -> Vec<&Ident> {
    match tree {
        UseTree::Path(path) => imported(&path.tree),
        UseTree::Name(name) => vec![&name.ident],
        UseTree::Rename(rename) => vec![&rename.rename],
        UseTree::Group(group) => group.items.iter().flat_map(imported).collect(),
        UseTree::Glob(_) => Vec::new(),
    }
}
