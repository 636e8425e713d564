//! What was written: the options and the function, spans kept.

use proc_macro2::{Span, TokenStream};
use syn::spanned::Spanned as _;
use syn::{Expr, FnArg, Ident, ItemFn, Pat, Path};

use crate::diagnostics::Diagnostics;
use crate::infer::{self, Listed};
use crate::options;

/// A function with `#[fact]`, before its signature is understood.
pub(super) struct Written {
    pub(super) item: ItemFn,
    pub(super) options: Options,
}

/// What stands in `#[fact(..)]`.
pub(super) struct Options {
    pub(super) krate: Path,
    pub(super) initial: Option<Expr>,
    pub(super) events: Option<Vec<Listed>>,
    pub(super) all: Option<Span>,
    pub(super) last: Option<Span>,
}

pub(super) fn parse(arguments: TokenStream, item: ItemFn, errors: &mut Diagnostics) -> Written {
    const KNOWN: [&str; 5] = ["initial", "events", "all", "last", "crate"];
    let (mut krate, mut initial, mut events) = (None, None, None);
    let (mut all, mut last) = (None, None);
    options::parse_arguments(arguments, errors, |meta, errors| {
        let name = meta.path.get_ident().map(ToString::to_string);
        match name.as_deref() {
            Some("crate") => options::set_once(
                &mut krate,
                options::crate_path(meta.value()?)?,
                meta,
                errors,
            ),
            Some("initial") => options::set_once(&mut initial, options::value(meta)?, meta, errors),
            Some("all") => options::set_once(&mut all, meta.path.span(), meta, errors),
            Some("last") => options::set_once(&mut last, meta.path.span(), meta, errors),
            Some("events") => {
                let listed = infer::events_option(meta, errors)?;
                options::set_once(&mut events, listed, meta, errors);
            }
            _ => return options::unknown("fact", &KNOWN, meta, errors),
        }
        Ok(())
    });
    Written {
        item,
        options: Options {
            krate: krate.unwrap_or_else(options::default_crate),
            initial,
            events,
            all,
            last,
        },
    }
}

/// The name of an argument that is a plain identifier.
pub(super) fn plain_name(argument: &FnArg) -> Option<&Ident> {
    match argument {
        FnArg::Typed(typed) => match &*typed.pat {
            Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => Some(&name.ident),
            _ => None,
        },
        FnArg::Receiver(_) => None,
    }
}
