//! `let` and items on the paths that no pattern has narrowed yet.

use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Item, Local, Pat};

use super::body::{Body, Reach, Value};
use super::pattern;
use crate::diagnostics::Diagnostics;

impl Body {
    pub(super) fn local(&mut self, local: &mut Local, errors: &mut Diagnostics) -> Reach {
        let Some(init) = &mut local.init else {
            self.no_shadow(&local.pat);
            return Reach::Open;
        };
        let untyped = match &local.pat {
            Pat::Type(typed) => &typed.pat,
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
        }
        reach
    }

    /// Names of the state and the event keep their meaning up to the pattern that narrows.
    pub(super) fn no_shadow(&mut self, pattern: &Pat) {
        let Some(kept) = self.kept.clone() else {
            return;
        };
        for name in pattern::bindings(pattern) {
            if kept.names.contains(name) || self.event.as_ref() == Some(name) {
                let message = format!(
                    "`{name}` hides the one that the fact is called with; choose another name here"
                );
                self.violation(name.span(), message);
            }
        }
    }

    pub(super) fn item(&mut self, item: &Item) -> Reach {
        let hides = |name: &syn::Ident| {
            let kept = self.kept.iter().flat_map(|kept| &kept.names);
            kept.chain(&self.event)
                .any(|known| known.unraw() == name.unraw())
        };
        let (Item::Const(syn::ItemConst { ident, .. })
        | Item::Static(syn::ItemStatic { ident, .. })) = item
        else {
            if let Item::Macro(called) = item {
                let message = "a macro of its own could change the state unseen: declare it outside of the fact";
                self.violation(called.mac.path.span(), message);
            }
            return Reach::Open;
        };
        if hides(ident) {
            let message = format!(
                "`{ident}` hides the one that the fact is called with; choose another name here"
            );
            self.violation(ident.span(), message);
        }
        Reach::Open
    }
}
