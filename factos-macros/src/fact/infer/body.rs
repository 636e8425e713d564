//! Walks the paths of a body that no pattern has narrowed yet.

use proc_macro2::Span;
use quote::quote_spanned;
use syn::spanned::Spanned as _;
use syn::{Arm, BinOp, Block, Expr, ExprIf, ExprMatch, Ident, Pat, Stmt, UnOp};

use super::super::check::{FactInput, Kept};
use super::super::parse::{same_tokens, tags_attribute};
use super::pattern::{self, EventPath};
use super::pure::{Impurity, impurity};
use super::{Matched, Violation};
use crate::diagnostics::Diagnostics;
use crate::options::TagKey;

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
    recorded: bool,
    pub(super) kept: Option<Kept>,
    state: Span,
    found: Vec<Matched>,
    violations: Vec<Violation>,
}

impl Body {
    pub(super) fn new(fact: &FactInput) -> Self {
        Self {
            fact: fact.item.sig.ident.to_string(),
            event: fact.event.clone(),
            recorded: fact.is_recorded(),
            kept: fact.state.kept.clone(),
            state: fact.state.span,
            found: Vec::new(),
            violations: Vec::new(),
        }
    }

    pub(super) fn read(&mut self, block: &mut Block, errors: &mut Diagnostics) {
        let Some(kept) = &self.kept else {
            let message = "the state needs a name, by which it comes back when no pattern fits: `taken: u32`, \
                           or list the events: `#[fact(events(..))]`";
            self.violation(self.state, message);
            return;
        };
        let value = if kept.in_place {
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
        let count = block.stmts.len();
        for (i, statement) in block.stmts.iter_mut().enumerate() {
            let reach = match statement {
                Stmt::Local(local) => self.local(local, errors),
                Stmt::Item(item) => self.item(item),
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
                let in_place = self.kept.as_ref().is_some_and(|kept| kept.in_place);
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
        let clean = self.pure(expr);
        if clean && value == Value::State {
            let kept = self
                .kept
                .as_ref()
                .map(|kept| kept.expr.to_string())
                .unwrap_or_default();
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
        let Some(kept) = &self.kept else {
            return false;
        };
        match impurity(expr, self.event.as_ref(), kept) {
            Some(found) => {
                self.impure(&found);
                false
            }
            None => true,
        }
    }

    fn impure(&mut self, found: &Impurity) -> Reach {
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

    fn is_kept(&self, expr: &Expr) -> bool {
        let kept = self.kept.as_ref();
        kept.is_some_and(|kept| !kept.in_place && same_tokens(&kept.expr, expr))
    }

    /// `already || matches!(event, ..)`.
    fn is_kept_or_matched(&mut self, expr: &Expr) -> bool {
        let Expr::Binary(either) = expr else {
            return false;
        };
        if !matches!(either.op, BinOp::Or(_)) || !self.is_kept(&either.left) {
            return false;
        }
        let Some((scrutinee, pattern)) = self.matches_macro(&either.right) else {
            return false;
        };
        self.narrow(&pattern, scrutinee)
    }

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
        let kept = self.kept.as_ref()?;
        let mut state = None;
        for (i, part) in tuple.elems.iter().enumerate().filter(|(i, _)| *i != event) {
            let looked_at = match part {
                Expr::Reference(reference) if reference.mutability.is_none() => &*reference.expr,
                Expr::Unary(unary) if matches!(unary.op, UnOp::Deref(_)) => &*unary.expr,
                part => part,
            };
            if self.is_kept(part) {
                state = Some(i);
            } else if impurity(part, self.event.as_ref(), kept).is_some()
                && !kept.names.iter().any(|name| same_tokens(name, looked_at))
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
    pub(super) fn matches_macro(&self, expr: &Expr) -> Option<(Scrutinee, Pat)> {
        let Expr::Macro(called) = expr else {
            return None;
        };
        if !called
            .mac
            .path
            .segments
            .last()
            .is_some_and(|name| name.ident == "matches")
        {
            return None;
        }
        let parsed = called
            .mac
            .parse_body_with(|input: syn::parse::ParseStream<'_>| {
                let expr: Expr = input.parse()?;
                input.parse::<syn::Token![,]>()?;
                let pattern = Pat::parse_multi_with_leading_vert(input)?;
                if input.peek(syn::Token![if]) {
                    input.parse::<syn::Token![if]>()?;
                    input.parse::<Expr>()?;
                }
                input.parse::<Option<syn::Token![,]>>()?;
                Ok((expr, pattern))
            });
        let (expr, pattern) = parsed.ok()?;
        Some((self.scrutinee(&expr)?, pattern))
    }

    /// Takes the events of a pattern outside of a `match`; one that takes every event is a mistake.
    pub(super) fn narrow(&mut self, pattern: &Pat, scrutinee: Scrutinee) -> bool {
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
                    tags: tags.map(<[_]>::to_vec),
                    span: path.span,
                });
            }
        }
    }

    fn reads_every_event(&mut self, span: Span) {
        self.violation(
            span,
            "this would read every event: name the events, or list them: `#[fact(events(..))]`, `#[fact(all)]` (an arm \
             that only keeps the state can be left out)",
        );
    }

    fn unreadable(&mut self, span: Span) {
        self.violation(
            span,
            "no event can be told from this pattern: write the event's name, `CourseDefined { .. }`, or list what is \
             read: `#[fact(events(..))]`",
        );
    }

    fn match_event(
        &mut self,
        choice: &mut ExprMatch,
        scrutinee: Scrutinee,
        value: Value,
        errors: &mut Diagnostics,
    ) -> Reach {
        let mut reach = Reach::Closed;
        for arm in &mut choice.arms {
            let tags = take_tags(arm, errors);
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
        match self.keeping_arm(choice, scrutinee) {
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
        if let Some(name) = self.moved_state(&arm.pat, scrutinee)
            && let Some(kept) = &mut self.kept
        {
            kept.expr = quote::ToTokens::to_token_stream(&name);
            kept.names = vec![name];
        } else {
            self.no_shadow(&arm.pat);
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

    /// The name under which an arm holds the whole state, which was moved into the tuple.
    fn moved_state(&self, pattern: &Pat, scrutinee: Scrutinee) -> Option<Ident> {
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

    /// The arm for the events that are not read: it gives the state back, whatever stands around the match.
    fn keeping_arm(&self, choice: &ExprMatch, scrutinee: Scrutinee) -> syn::Result<Arm> {
        let end = choice.brace_token.span.close();
        let span = Span::mixed_site().located_at(end);
        let state = self
            .kept
            .as_ref()
            .filter(|kept| !kept.in_place)
            .map(|kept| &kept.expr);
        let arm = match scrutinee {
            Scrutinee::Tuple {
                state: Some(state),
                len,
                ..
            } if self.kept.as_ref().is_some_and(|kept| !kept.in_place) => {
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
            _ => quote_spanned!(span=> #[allow(unreachable_patterns)] _ => return #state,),
        };
        syn::parse2(arm)
    }

    /// A choice on something else: every arm is a path of its own.
    fn match_other(
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

    fn choice(&mut self, choice: &mut ExprIf, value: Value, errors: &mut Diagnostics) -> Reach {
        if let Expr::Unary(not) = &*choice.cond
            && matches!(not.op, UnOp::Not(_))
            && let Some((scrutinee, pattern)) = self.matches_macro(look_into(&not.expr))
        {
            // `if !matches!(event, ..) { return n }`: the rest is what is narrowed.
            self.narrow(&pattern, scrutinee);
            return self.block(&mut choice.then_branch, value, errors);
        }
        let narrowed = self.condition(&choice.cond);
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
    fn condition(&mut self, condition: &Expr) -> bool {
        match condition {
            Expr::Binary(both) if matches!(both.op, BinOp::And(_)) => {
                self.condition(&both.left) || self.condition(&both.right)
            }
            Expr::Paren(inner) => self.condition(&inner.expr),
            Expr::Let(matched) => match self.scrutinee(&matched.expr) {
                Some(scrutinee) => self.narrow(&matched.pat, scrutinee),
                None => {
                    self.no_shadow(&matched.pat);
                    self.pure(&matched.expr);
                    false
                }
            },
            other => match self.matches_macro(other) {
                Some((scrutinee, pattern)) => self.narrow(&pattern, scrutinee),
                None => {
                    self.pure(other);
                    false
                }
            },
        }
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

fn unguarded(pattern: &Pat) -> &Pat {
    match pattern {
        Pat::Guard(guarded) => &guarded.pat,
        pattern => pattern,
    }
}

/// Takes `#[tags(..)]` off an arm.
fn take_tags(arm: &mut Arm, errors: &mut Diagnostics) -> Option<Vec<TagKey>> {
    let mut tags = None;
    for attribute in arm.attrs.iter().filter(|a| a.path().is_ident("tags")) {
        match tags_attribute(attribute) {
            Ok(_) if tags.is_some() => {
                errors.at(attribute, "an arm has one `#[tags(..)]`; join them")
            }
            Ok(keys) => tags = Some(keys),
            Err(error) => errors.add(error),
        }
    }
    arm.attrs
        .retain(|attribute| !attribute.path().is_ident("tags"));
    tags
}
