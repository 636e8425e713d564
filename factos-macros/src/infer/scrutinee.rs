//! Where the event meets a pattern.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, Pat, Path, UnOp};

use super::body::Body;
use super::pure::impurity;
use super::{pattern, same_tokens};

/// What is matched: the event, or a tuple with the event in it.
#[derive(Clone, Copy)]
pub(super) enum Scrutinee {
    Event,
    Tuple {
        event: usize,
        len: usize,
        /// Where the state was moved into the tuple.
        state: Option<usize>,
    },
}

impl Body {
    /// The event in a place where a pattern meets it.
    pub(super) fn scrutinee(&self, expr: &Expr) -> Option<Scrutinee> {
        if self.is_event(expr) {
            return Some(Scrutinee::Event);
        }
        let Expr::Tuple(tuple) = expr else {
            return None;
        };
        let mut events = (0..)
            .zip(&tuple.elems)
            .filter(|(_, part)| self.is_event(part));
        let (event, _) = events.next()?;
        let kept = &self.kept;
        let mut state = None;
        for (i, part) in tuple.elems.iter().enumerate().filter(|(i, _)| *i != event) {
            let looked_at = match part {
                Expr::Reference(reference) if reference.mutability.is_none() => &*reference.expr,
                Expr::Unary(unary) if matches!(unary.op, UnOp::Deref(_)) => &*unary.expr,
                part => part,
            };
            if kept.is_state(part) {
                state = Some(i);
            } else if impurity(part, self.event.as_ref(), self.recorded, kept).is_some()
                && !(kept.is_looked_at()
                    && kept.names.iter().any(|name| same_tokens(name, looked_at)))
            {
                return None;
            }
        }
        Some(Scrutinee::Tuple {
            event,
            len: tuple.elems.len(),
            state,
        })
    }

    /// `event`, `&event`, `*event`; for a recorded event `event.data` in the same ways.
    fn is_event(&self, expr: &Expr) -> bool {
        let expr = look_through(expr);
        let Some(event) = &self.event else {
            return false;
        };
        let named = |expr: &Expr| matches!(expr, Expr::Path(path) if path.path.is_ident(event));
        match expr {
            Expr::Field(field) if self.recorded => {
                let data = matches!(&field.member, syn::Member::Named(name) if name == "data");
                data && named(look_through(&field.base))
            }
            expr => !self.recorded && named(expr),
        }
    }

    /// `matches!(event, PATTERN)`.
    /// The pattern is written back as it is settled.
    pub(super) fn matches_macro(&self, expr: &mut Expr) -> Option<(Scrutinee, Pat)> {
        let Expr::Macro(called) = expr else {
            return None;
        };
        if !is_matches(&called.mac.path) {
            return None;
        }
        let parsed = called
            .mac
            .parse_body_with(|input: syn::parse::ParseStream<'_>| {
                let expr: Expr = input.parse()?;
                input.parse::<syn::Token![,]>()?;
                let pattern = Pat::parse_multi_with_leading_vert(input)?;
                let rest: TokenStream = input.parse()?;
                Ok((expr, pattern, rest))
            });
        let (expr, mut pattern, rest) = parsed.ok()?;
        let scrutinee = self.scrutinee(&expr)?;
        pattern::settle(&mut pattern, scrutinee);
        called.mac.tokens = quote!(#expr, #pattern #rest);
        Some((scrutinee, pattern))
    }
}

/// `matches`, or with the crate that it is from; another macro of that name may do something else.
fn is_matches(path: &Path) -> bool {
    let names: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    matches!(names.as_slice(), ["matches"] | ["std" | "core", "matches"])
}

pub(super) fn look_into_mut(expr: &mut Expr) -> &mut Expr {
    match expr {
        Expr::Paren(inner) => look_into_mut(&mut inner.expr),
        Expr::Group(inner) => look_into_mut(&mut inner.expr),
        expr => expr,
    }
}

fn look_into(expr: &Expr) -> &Expr {
    match expr {
        Expr::Paren(inner) => look_into(&inner.expr),
        Expr::Group(inner) => look_into(&inner.expr),
        expr => expr,
    }
}

fn look_through(expr: &Expr) -> &Expr {
    match look_into(expr) {
        Expr::Reference(inner) if inner.mutability.is_none() => look_through(&inner.expr),
        Expr::Unary(inner) if matches!(inner.op, UnOp::Deref(_)) => look_through(&inner.expr),
        expr => expr,
    }
}
