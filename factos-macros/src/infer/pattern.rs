//! Which events a pattern names.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Ident, Pat, PatIdent, PatStruct, PatTuple, Path, token};

use super::scrutinee::Scrutinee;
use crate::diagnostics::at;

/// An event in a pattern: the names that lead to it.
pub(super) struct EventPath {
    pub(super) names: Vec<String>,
    /// As it is written, when it says which type it is of: then rustc reports a name that does not exist.
    pub(super) qualified: Option<Path>,
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
            None if is_variant(name) => Ok(Some(vec![one(&name.ident)])),
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
                qualified: path.qualified,
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
fn is_variant(name: &PatIdent) -> bool {
    let plain = name.by_ref.is_none() && name.mutability.is_none();
    plain
        && name
            .ident
            .unraw()
            .to_string()
            .starts_with(char::is_uppercase)
}

/// Writes the names of variants without a body as `Closed {}`, so that rustc takes them for nothing else: alone, a name
/// that is not imported, or whose variant has fields, would be a variable that takes every event, or a constant.
pub(super) fn settle(pattern: &mut Pat, scrutinee: Scrutinee) {
    match (pattern, scrutinee) {
        (pattern, Scrutinee::Event) => settle_names(pattern),
        (Pat::Guard(guarded), _) => settle(&mut guarded.pat, scrutinee),
        (Pat::Paren(inner), _) => settle(&mut inner.pat, scrutinee),
        (Pat::Or(or), _) => or.cases.iter_mut().for_each(|case| settle(case, scrutinee)),
        (
            Pat::Ident(PatIdent {
                subpat: Some((_, inner)),
                ..
            }),
            _,
        ) => settle(inner, scrutinee),
        (Pat::Tuple(tuple), Scrutinee::Tuple { event, len, .. }) => {
            let part = index(tuple, event, len).and_then(|index| tuple.elems.get_mut(index));
            if let Some(part) = part {
                settle_names(part);
            }
        }
        _ => {}
    }
}

fn settle_names(pattern: &mut Pat) {
    let path = match pattern {
        Pat::Guard(guarded) => return settle_names(&mut guarded.pat),
        Pat::Paren(inner) => return settle_names(&mut inner.pat),
        Pat::Reference(inner) => return settle_names(&mut inner.pat),
        Pat::Or(or) => return or.cases.iter_mut().for_each(settle_names),
        Pat::TupleStruct(outer) => return outer.elems.iter_mut().for_each(settle_names),
        Pat::Ident(PatIdent {
            subpat: Some((_, inner)),
            ..
        }) => return settle_names(inner),
        Pat::Ident(name) if is_variant(name) => Path::from(name.ident.clone()),
        Pat::Path(path) if path.qself.is_none() => path.path.clone(),
        _ => return,
    };
    let span = at(path.span());
    *pattern = Pat::Struct(PatStruct {
        attrs: Vec::new(),
        qself: None,
        path,
        brace_token: token::Brace(span),
        fields: Punctuated::new(),
        rest: None,
    });
}

fn last(path: &Path) -> Result<EventPath, Span> {
    let segment = path.segments.last().ok_or_else(|| path.span())?;
    Ok(EventPath {
        qualified: (path.segments.len() > 1).then(|| path.clone()),
        ..one(&segment.ident)
    })
}

fn one(ident: &Ident) -> EventPath {
    EventPath {
        names: vec![ident.unraw().to_string()],
        qualified: None,
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
            let index = index(tuple, place, len);
            vec![index.and_then(|index| tuple.elems.get(index))]
        }
        _ => vec![None],
    }
}

/// Where a tuple pattern holds the part for one place of the tuple; none behind `..`.
fn index(tuple: &PatTuple, place: usize, len: usize) -> Option<usize> {
    let rest = tuple
        .elems
        .iter()
        .position(|part| matches!(part, Pat::Rest(_)));
    match rest {
        Some(rest) if place >= rest => {
            let index = tuple.elems.len().checked_sub(len - place);
            index.filter(|index| *index > rest)
        }
        _ => Some(place),
    }
}

/// A macro in a pattern, which may bind any name.
pub(super) fn called_macro(pattern: &Pat) -> Option<Span> {
    struct Macros(Option<Span>);
    impl<'a> Visit<'a> for Macros {
        fn visit_pat(&mut self, pattern: &'a Pat) {
            match pattern {
                Pat::Macro(_) | Pat::Verbatim(_) => {
                    self.0.get_or_insert(pattern.span());
                }
                pattern => visit::visit_pat(self, pattern),
            }
        }

        fn visit_expr(&mut self, _: &'a syn::Expr) {}
    }
    let mut macros = Macros(None);
    macros.visit_pat(pattern);
    macros.0
}

/// The names that a pattern binds.
pub(super) fn bindings(pattern: &Pat) -> Vec<&Ident> {
    struct Names<'a>(Vec<&'a Ident>);
    impl<'a> Visit<'a> for Names<'a> {
        fn visit_pat_ident(&mut self, name: &'a PatIdent) {
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
