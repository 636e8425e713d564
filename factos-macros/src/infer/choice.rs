//! `match` and `if` on the paths that no pattern has narrowed yet.

use proc_macro2::Span;
use quote::{ToTokens as _, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Arm, BinOp, Expr, ExprIf, ExprMatch, Ident, Pat, UnOp};

use super::Matched;
use super::body::{Body, Reach, Value};
use super::kept::Form;
use super::pattern::{self, EventPath};
use super::scrutinee::{Scrutinee, look_into_mut};
use super::words::{Reader, What};
use crate::diagnostics::Diagnostics;
use crate::options::{TagKey, tags_attribute};

impl Body {
    /// Takes the events of a pattern outside of a `match`; one that takes every event is a mistake.
    pub(super) fn narrow(&mut self, pattern: &mut Pat, scrutinee: Scrutinee) -> bool {
        pattern::settle(pattern, scrutinee);
        match pattern::events_of(pattern, scrutinee) {
            Ok(Some(paths)) => self.record(paths, None),
            Ok(None) => self.reads_every_event(pattern.span()),
            Err(span) => self.unreadable(span),
        }
        true
    }

    fn record(&mut self, paths: Vec<EventPath>, tags: Option<&[TagKey]>) {
        for path in paths {
            let known = self.found.iter().any(|known| {
                let keys =
                    |tags: &[TagKey]| tags.iter().map(|tag| tag.key.clone()).collect::<Vec<_>>();
                known.path == path.names && known.tags.as_deref().map(keys) == tags.map(keys)
            });
            if !known {
                self.found.push(Matched {
                    path: path.names,
                    qualified: path.qualified,
                    tags: tags.map(<[_]>::to_vec),
                    span: path.span,
                });
            }
        }
    }

    fn reads_every_event(&mut self, span: Span) {
        self.violation(self.reader.every_event(span));
    }

    fn unreadable(&mut self, span: Span) {
        self.violation(self.reader.unreadable(span));
    }

    pub(super) fn match_event(
        &mut self,
        choice: &mut ExprMatch,
        scrutinee: Scrutinee,
        value: Value,
        errors: &mut Diagnostics,
    ) -> Reach {
        let mut reach = Reach::Closed;
        for arm in &mut choice.arms {
            let tags = take_tags(arm, &self.reader, errors);
            pattern::settle(&mut arm.pat, scrutinee);
            match pattern::events_of(&arm.pat, scrutinee) {
                Ok(Some(paths)) => self.record(paths, tags.as_deref()),
                Ok(None) => {
                    if let Some(tag) = tags.iter().flatten().next() {
                        errors.at_span(
                            tag.span,
                            "`#[tags(..)]` stands on an arm that names events; remove it here",
                        );
                    }
                    if self.wildcard(arm, scrutinee, value, errors) == Reach::Open {
                        reach = Reach::Open;
                    }
                }
                Err(span) => self.unreadable(span),
            }
        }
        // Those who write may match once more, on other events.
        let goes_on = value == Value::Statement && self.kept.writes();
        if goes_on {
            reach = Reach::Open;
        }
        match self.keeping_arm(choice, scrutinee, goes_on) {
            Ok(arm) => choice.arms.push(arm),
            Err(error) => errors.add(error),
        }
        reach
    }

    /// An arm for every event may only keep the state.
    fn wildcard(
        &mut self,
        arm: &mut Arm,
        scrutinee: Scrutinee,
        value: Value,
        errors: &mut Diagnostics,
    ) -> Reach {
        let before = self.violations.len();
        let outer = self.kept.clone();
        if let Some(name) = moved_state(&arm.pat, scrutinee) {
            self.kept.form = Form::State(name.to_token_stream());
            self.kept.names.push(name);
        } else {
            self.no_shadow(&arm.pat);
        }
        if self.kept.in_place() {
            // One of these may be the state itself, which was moved into a tuple.
            let bound = pattern::bindings(&arm.pat).into_iter().cloned();
            self.kept.names.extend(bound);
        }
        if let Pat::Guard(guarded) = &arm.pat {
            self.pure(&guarded.guard);
        }
        let reach = self.expr(&mut arm.body, value, errors);
        self.kept = outer;
        if self.violations.len() > before {
            self.violations.truncate(before);
            self.reads_every_event(unguarded(&arm.pat).span());
        }
        reach
    }

    /// The arm for the events that are not read: it gives the state back, whatever stands around the match.
    fn keeping_arm(
        &self,
        choice: &ExprMatch,
        scrutinee: Scrutinee,
        goes_on: bool,
    ) -> syn::Result<Arm> {
        let end = choice.brace_token.span.close();
        let span = Span::mixed_site().located_at(end);
        let arm = match scrutinee {
            Scrutinee::Tuple {
                state: Some(state),
                len,
                ..
            } if !self.kept.in_place() => {
                let kept = Ident::new("__kept", span);
                let parts = (0..len).map(|i| {
                    if i == state {
                        quote_spanned!(span=> #kept)
                    } else {
                        quote_spanned!(span=> _)
                    }
                });
                quote_spanned!(span=> #[allow(unreachable_patterns)] (#(#parts),*) => return #kept,)
            }
            _ if goes_on => quote_spanned!(span=> #[allow(unreachable_patterns)] _ => {}),
            _ => {
                let leave = self.kept.leave();
                quote_spanned!(span=> #[allow(unreachable_patterns)] _ => #leave,)
            }
        };
        syn::parse2(arm)
    }

    /// A choice on something else: every arm is a path of its own.
    pub(super) fn match_other(
        &mut self,
        choice: &mut ExprMatch,
        value: Value,
        errors: &mut Diagnostics,
    ) -> Reach {
        self.pure(&choice.expr);
        let mut reach = Reach::Closed;
        for arm in &mut choice.arms {
            self.no_shadow(&arm.pat);
            if let Pat::Guard(guarded) = &arm.pat {
                self.pure(&guarded.guard);
            }
            if self.expr(&mut arm.body, value, errors) == Reach::Open {
                reach = Reach::Open;
            }
        }
        reach
    }

    pub(super) fn choice(
        &mut self,
        choice: &mut ExprIf,
        value: Value,
        errors: &mut Diagnostics,
    ) -> Reach {
        if let Expr::Unary(not) = &mut *choice.cond
            && matches!(not.op, UnOp::Not(_))
            && let Some((scrutinee, mut pattern)) = self.matches_macro(look_into_mut(&mut not.expr))
        {
            // `if !matches!(event, ..) { return n }`: the rest is what is narrowed.
            self.narrow(&mut pattern, scrutinee);
            return self.block(&mut choice.then_branch, value, errors);
        }
        let narrowed = self.condition(&mut choice.cond);
        let then = if narrowed {
            Reach::Closed
        } else {
            self.block(&mut choice.then_branch, value, errors)
        };
        let other = match &mut choice.else_branch {
            Some((_, other)) => self.expr(other, value, errors),
            None => Reach::Open,
        };
        if then == Reach::Open {
            Reach::Open
        } else {
            other
        }
    }

    /// Whether a condition names the event's type: one of the parts that are joined by `&&` has to.
    fn condition(&mut self, condition: &mut Expr) -> bool {
        match condition {
            Expr::Binary(both) if matches!(both.op, BinOp::And(_)) => {
                self.condition(&mut both.left) || self.condition(&mut both.right)
            }
            Expr::Paren(inner) => self.condition(&mut inner.expr),
            Expr::Let(matched) => {
                if let Some(scrutinee) = self.scrutinee(&matched.expr) {
                    self.narrow(&mut matched.pat, scrutinee)
                } else {
                    self.no_shadow(&matched.pat);
                    self.pure(&matched.expr);
                    false
                }
            }
            other => {
                if let Some((scrutinee, mut pattern)) = self.matches_macro(other) {
                    self.narrow(&mut pattern, scrutinee)
                } else {
                    self.pure(other);
                    false
                }
            }
        }
    }
}

/// The name under which an arm holds the whole state, which was moved into the tuple.
fn moved_state(pattern: &Pat, scrutinee: Scrutinee) -> Option<Ident> {
    let Scrutinee::Tuple {
        state: Some(state),
        len,
        ..
    } = scrutinee
    else {
        return None;
    };
    let parts = pattern::parts(pattern, state, len);
    let [Some(Pat::Ident(name))] = parts.as_slice() else {
        return None;
    };
    let others = pattern::bindings(pattern);
    let once = others.iter().filter(|other| **other == &name.ident).count() == 1;
    let plain = name.by_ref.is_none() && name.mutability.is_none() && name.subpat.is_none();
    (plain && once).then(|| name.ident.clone())
}

fn unguarded(pattern: &Pat) -> &Pat {
    match pattern {
        Pat::Guard(guarded) => &guarded.pat,
        pattern => pattern,
    }
}

/// Takes `#[tags(..)]` off an arm.
fn take_tags(arm: &mut Arm, reader: &Reader, errors: &mut Diagnostics) -> Option<Vec<TagKey>> {
    let mut tags = None;
    for attribute in arm.attrs.iter().filter(|a| a.path().is_ident("tags")) {
        match tags_attribute(attribute) {
            _ if reader.what != What::Fact => errors.at(
                attribute,
                format!(
                    "a {} takes no tags that could narrow an event; remove this",
                    reader.what.word()
                ),
            ),
            Ok(_) if tags.is_some() => {
                errors.at(attribute, "an arm has one `#[tags(..)]`; join them");
            }
            Ok(keys) => tags = Some(keys),
            Err(error) => errors.add(error),
        }
    }
    arm.attrs
        .retain(|attribute| !attribute.path().is_ident("tags"));
    tags
}
