//! What was written: the options and the function, spans kept.

use proc_macro2::{Span, TokenStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Attribute, Expr, FnArg, Ident, ItemFn, Pat, Path, Token};

use crate::diagnostics::Diagnostics;
use crate::options::{self, TagKey};

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

/// An event in `events(..)`, with its own `#[tags(..)]`.
pub(super) struct Listed {
    pub(super) pattern: Pat,
    pub(super) tags: Option<Vec<TagKey>>,
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
                let content;
                syn::parenthesized!(content in meta.input);
                let listed = Punctuated::<Listed, Token![,]>::parse_terminated(&content)?;
                if listed.is_empty() {
                    errors.at(&meta.path, "name the events that are read: `events(A, B)`");
                }
                options::set_once(&mut events, listed.into_iter().collect(), meta, errors);
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

impl syn::parse::Parse for Listed {
    fn parse(input: syn::parse::ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let pattern = Pat::parse_single(input)?;
        let mut tags = None;
        for attribute in &attributes {
            if attribute.path().is_ident("tags") {
                tags = Some(tags_attribute(attribute)?);
            } else {
                return Err(syn::Error::new_spanned(
                    attribute,
                    "only `#[tags(..)]` may stand here",
                ));
            }
        }
        Ok(Self { pattern, tags })
    }
}

/// The keys in `#[tags(a, b)]`.
pub(super) fn tags_attribute(attribute: &Attribute) -> syn::Result<Vec<TagKey>> {
    let keys = attribute.parse_args_with(Punctuated::<TagKey, Token![,]>::parse_terminated);
    match keys {
        Ok(keys) => Ok(keys.into_iter().collect()),
        Err(_) => Err(syn::Error::new_spanned(
            attribute,
            "name the tags that this event is narrowed by: `#[tags(course)]`, or `#[tags()]` for none",
        )),
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

/// Whether an expression or pattern reads the same as another.
pub(super) fn same_tokens(a: &impl quote::ToTokens, b: &impl quote::ToTokens) -> bool {
    a.to_token_stream().to_string() == b.to_token_stream().to_string()
}
