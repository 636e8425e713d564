//! Loops over a slice of events: what stands around them may use what they gathered, but not the events themselves.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprForLoop, ExprPath, Item, Lit, Macro, Pat, PatIdent};

use crate::diagnostics::Diagnostics;
use crate::infer::{Body, Form, Kept, Matched, Reader, Violation};

/// The events that the loops match, and what keeps them from being all that counts.
pub(super) fn read(
    reader: &Reader,
    events: Option<&Ident>,
    block: &mut Block,
    errors: &mut Diagnostics,
) -> (Vec<Matched>, Vec<Violation>) {
    let kept = Kept {
        form: Form::Passed,
        names: events.into_iter().cloned().collect(),
        mutable: true,
    };
    let mut body = Body::new(reader.clone(), None, true, kept);
    if let Some(events) = events {
        let mut loops = Loops {
            body: &mut body,
            events,
            reader,
            errors,
        };
        loops.visit_block_mut(block);
    }
    body.found()
}

/// Reads each loop over the events, and reports all else that is done with them.
struct Loops<'a> {
    body: &'a mut Body,
    events: &'a Ident,
    reader: &'a Reader,
    errors: &'a mut Diagnostics,
}

impl Loops<'_> {
    fn is_named(&self, ident: &Ident) -> bool {
        ident.unraw() == self.events.unraw()
    }

    /// `events`, `&events`, `events.iter()`, `events.iter().rev()`: each event, and nothing about their number.
    fn are_events(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Paren(inner) => self.are_events(&inner.expr),
            Expr::Group(inner) => self.are_events(&inner.expr),
            Expr::Reference(inner) => inner.mutability.is_none() && self.are_events(&inner.expr),
            Expr::Path(path) => path
                .path
                .get_ident()
                .is_some_and(|name| self.is_named(name)),
            Expr::MethodCall(call) => {
                let goes_on = ["iter", "into_iter", "rev"]
                    .iter()
                    .any(|name| call.method == name);
                goes_on && call.args.is_empty() && self.are_events(&call.receiver)
            }
            _ => false,
        }
    }

    fn used(&mut self, span: Span) {
        let (events, subject) = (self.events, self.reader.subject());
        let message = format!(
            "`{events}` is used here as a whole, so {subject} cannot tell which of them it reads: loop over it and match \
             on each, or list them: {}",
            self.reader.events_or_all()
        );
        self.body.violation(Violation::new(span, message));
    }

    fn search(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Ident(ident) if self.is_named(&ident) => self.used(ident.span()),
                TokenTree::Group(group) => self.search(group.stream()),
                TokenTree::Literal(text) if self.is_printed(text.to_string().as_str()) => {
                    self.used(text.span());
                }
                _ => {}
            }
        }
    }

    /// Whether a literal is text that prints the events: `"{events:?}"`.
    fn is_printed(&self, literal: &str) -> bool {
        let Ok(Lit::Str(text)) = syn::parse_str::<Lit>(literal) else {
            return false;
        };
        let events = self.events.unraw().to_string();
        text.value().split('{').skip(1).any(|argument| {
            let rest = argument.trim_start();
            let rest = rest.strip_prefix("r#").unwrap_or(rest);
            let rest = rest.strip_prefix(events.as_str());
            rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        })
    }
}

impl VisitMut for Loops<'_> {
    fn visit_expr_for_loop_mut(&mut self, each: &mut ExprForLoop) {
        if !self.are_events(&each.expr) {
            visit_mut::visit_expr_for_loop_mut(self, each);
            return;
        }
        match &*each.pat {
            Pat::Ident(event) if event.by_ref.is_none() && event.subpat.is_none() => {
                let event = event.ident.clone();
                self.body.read_round(event, &mut each.body, self.errors);
            }
            // How many there are would count.
            pattern => {
                let message = "name each event, `for event in events`, and match on `&event.data`";
                self.body.violation(Violation::new(pattern.span(), message));
            }
        }
        self.visit_pat_mut(&mut each.pat);
        self.visit_block_mut(&mut each.body);
    }

    fn visit_expr_path_mut(&mut self, path: &mut ExprPath) {
        if let Some(name) = path.path.get_ident()
            && self.is_named(name)
        {
            self.used(name.span());
        }
    }

    fn visit_pat_ident_mut(&mut self, name: &mut PatIdent) {
        if self.is_named(&name.ident) {
            self.body.violation(self.reader.hides(&name.ident));
        }
        visit_mut::visit_pat_ident_mut(self, name);
    }

    fn visit_macro_mut(&mut self, called: &mut Macro) {
        self.search(called.tokens.clone());
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if let Expr::Verbatim(tokens) = expr {
            self.search(tokens.clone());
        }
        visit_mut::visit_expr_mut(self, expr);
    }

    // Items do not see the function's variables, but a macro that is declared here does.
    fn visit_item_mut(&mut self, item: &mut Item) {
        match item {
            Item::Use(_) => self.body.item(item),
            Item::Macro(found) => self.search(found.mac.tokens.clone()),
            Item::Verbatim(tokens) => self.search(tokens.clone()),
            _ => {}
        }
    }
}
