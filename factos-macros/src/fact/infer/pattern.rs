//! Which events a pattern names.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Ident, Pat, Path};

use super::scrutinee::Scrutinee;

/// An event in a pattern: the names that lead to it.
pub(super) struct EventPath {
    pub(super) names: Vec<String>,
    pub(super) span: Span,
}

/// The events that a pattern of the scrutinee names; none when it takes every event.
///
/// # Errors
/// Where a pattern stands that the macro cannot read.
pub(super) fn events_of(
    pattern: &Pat,
    scrutinee: Scrutinee,
) -> Result<Option<Vec<EventPath>>, Span> {
    match scrutinee {
        Scrutinee::Event => events(pattern),
        Scrutinee::Tuple { event, len, .. } => {
            each(&parts(pattern, event, len), |part| match part {
                Some(part) => events(part),
                None => Ok(None),
            })
        }
    }
}

/// The events that a pattern of the event names; none when it takes every event.
pub(super) fn events(pattern: &Pat) -> Result<Option<Vec<EventPath>>, Span> {
    match pattern {
        Pat::Wild(_) | Pat::Rest(_) => Ok(None),
        Pat::Guard(guarded) => events(&guarded.pat),
        Pat::Paren(inner) => events(&inner.pat),
        Pat::Reference(inner) => events(&inner.pat),
        Pat::Ident(name) => match &name.subpat {
            Some((_, inner)) => events(inner),
            None if is_variant(&name.ident) => Ok(Some(vec![one(&name.ident)])),
            None => Ok(None),
        },
        Pat::Or(or) => each(&or.cases.iter().collect::<Vec<_>>(), |case| events(case)),
        Pat::Struct(named) => last(&named.path).map(|name| Some(vec![name])),
        Pat::Path(path) if path.qself.is_none() => last(&path.path).map(|name| Some(vec![name])),
        Pat::TupleStruct(outer) => {
            let name = last(&outer.path)?;
            let inner = match outer.elems.first() {
                Some(inner) if outer.elems.len() == 1 => events(inner),
                _ => Ok(None),
            };
            // What cannot be told apart inside is read as a whole.
            let Ok(Some(inner)) = inner else {
                return Ok(Some(vec![name]));
            };
            let inside = |path: EventPath| EventPath {
                names: name.names.iter().cloned().chain(path.names).collect(),
                span: path.span,
            };
            Ok(Some(inner.into_iter().map(inside).collect()))
        }
        other => Err(other.span()),
    }
}

fn each<T>(
    cases: &[T],
    events: impl Fn(&T) -> Result<Option<Vec<EventPath>>, Span>,
) -> Result<Option<Vec<EventPath>>, Span> {
    let mut all = Vec::new();
    for case in cases {
        match events(case)? {
            Some(paths) => all.extend(paths),
            None => return Ok(None),
        }
    }
    Ok(Some(all))
}

/// A bare name in a pattern is a variant when it is written like one, else it is a binding.
fn is_variant(ident: &Ident) -> bool {
    ident.unraw().to_string().starts_with(char::is_uppercase)
}

fn last(path: &Path) -> Result<EventPath, Span> {
    path.segments
        .last()
        .map(|segment| one(&segment.ident))
        .ok_or_else(|| path.span())
}

fn one(ident: &Ident) -> EventPath {
    EventPath {
        names: vec![ident.unraw().to_string()],
        span: ident.span(),
    }
}

/// What stands at one place of a tuple pattern, for each case of an or-pattern; none for anything.
pub(super) fn parts(pattern: &Pat, place: usize, len: usize) -> Vec<Option<&Pat>> {
    match pattern {
        Pat::Guard(guarded) => parts(&guarded.pat, place, len),
        Pat::Paren(inner) => parts(&inner.pat, place, len),
        Pat::Or(or) => or
            .cases
            .iter()
            .flat_map(|case| parts(case, place, len))
            .collect(),
        Pat::Ident(name) => match &name.subpat {
            Some((_, inner)) => parts(inner, place, len),
            None => vec![None],
        },
        Pat::Tuple(tuple) => {
            let rest = tuple
                .elems
                .iter()
                .position(|part| matches!(part, Pat::Rest(_)));
            let part = match rest {
                Some(rest) if place >= rest => {
                    let from_end = len - place;
                    let index = tuple.elems.len().checked_sub(from_end);
                    index
                        .filter(|index| *index > rest)
                        .and_then(|index| tuple.elems.get(index))
                }
                _ => tuple.elems.get(place),
            };
            vec![part]
        }
        _ => vec![None],
    }
}

/// The names that a pattern binds.
pub(super) fn bindings(pattern: &Pat) -> Vec<&Ident> {
    struct Names<'a>(Vec<&'a Ident>);
    impl<'a> Visit<'a> for Names<'a> {
        fn visit_pat_ident(&mut self, name: &'a syn::PatIdent) {
            self.0.push(&name.ident);
            visit::visit_pat_ident(self, name);
        }

        // A guard's own patterns bind inside of the guard.
        fn visit_expr(&mut self, _: &'a syn::Expr) {}
    }
    let mut names = Names(Vec::new());
    names.visit_pat(pattern);
    names.0
}
