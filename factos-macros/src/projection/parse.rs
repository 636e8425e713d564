//! What was written: the options and the function, spans kept.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt as _;
use syn::meta::ParseNestedMeta;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Ident, ItemFn, Lit, LitStr, Path, Result, Token};

use crate::diagnostics::Diagnostics;
use crate::infer::{self, Listed};
use crate::options;

/// A function with `#[projection]`, before its signature is understood.
pub(super) struct Written {
    pub(super) item: ItemFn,
    pub(super) options: Options,
}

/// What stands in `#[projection(..)]`.
pub(super) struct Options {
    pub(super) krate: Path,
    pub(super) name: Option<LitStr>,
    pub(super) version: Option<Version>,
    pub(super) setup: Option<Path>,
    pub(super) tables: Option<Vec<Ident>>,
    pub(super) events: Option<Vec<Listed>>,
    pub(super) all: Option<Span>,
}

/// `version = 2`.
pub(super) struct Version {
    pub(super) number: u32,
    pub(super) span: Span,
}

pub(super) fn parse(arguments: TokenStream, item: ItemFn, errors: &mut Diagnostics) -> Written {
    const KNOWN: [&str; 7] = [
        "name", "version", "setup", "tables", "events", "all", "crate",
    ];
    let (mut krate, mut name, mut version, mut setup) = (None, None, None, None);
    let (mut tables, mut events, mut all) = (None, None, None);
    options::parse_arguments(arguments, errors, |meta, errors| {
        let option = meta.path.get_ident().map(ToString::to_string);
        match option.as_deref() {
            Some("crate") => options::set_once(
                &mut krate,
                options::crate_path(meta.value()?)?,
                meta,
                errors,
            ),
            Some("name") => options::set_once(&mut name, options::value(meta)?, meta, errors),
            Some("version") => {
                if let Some(new) = parse_version(&options::value(meta)?, errors) {
                    options::set_once(&mut version, new, meta, errors);
                }
            }
            Some("setup") => options::set_once(&mut setup, options::value(meta)?, meta, errors),
            Some("tables") => {
                options::set_once(&mut tables, parse_tables(meta, errors)?, meta, errors);
            }
            Some("events") => {
                let listed = infer::events_option(meta, errors)?;
                options::set_once(&mut events, listed, meta, errors);
            }
            Some("all") => options::set_once(&mut all, meta.path.span(), meta, errors),
            _ => return options::unknown("projection", &KNOWN, meta, errors),
        }
        Ok(())
    });
    Written {
        item,
        options: Options {
            krate: krate.unwrap_or_else(options::default_crate),
            name,
            version,
            setup,
            tables,
            events,
            all,
        },
    }
}

fn parse_version(version: &Lit, errors: &mut Diagnostics) -> Option<Version> {
    let number = match version {
        Lit::Int(number) => number.base10_parse().ok().filter(|number| *number > 0),
        _ => None,
    };
    if number.is_none() {
        errors.at(
            version,
            "a version is a number from 1 upwards, one higher with each change: `version = 2`",
        );
    }
    Some(Version {
        number: number?,
        span: version.span(),
    })
}

fn parse_tables(meta: &ParseNestedMeta<'_>, errors: &mut Diagnostics) -> Result<Vec<Ident>> {
    let content;
    syn::parenthesized!(content in meta.input);
    let names = Punctuated::<Ident, Token![,]>::parse_terminated_with(&content, Ident::parse_any)
        .map_err(|error| {
        syn::Error::new(
            error.span(),
            "a table is named by one word: `tables(courses, seats)`",
        )
    })?;
    let names: Vec<Ident> = names.into_iter().collect();
    if names.is_empty() {
        errors.at(
            &meta.path,
            "name the tables that are written: `tables(courses, seats)`",
        );
    }
    for (i, name) in names.iter().enumerate() {
        if names[..i].iter().any(|other| other.unraw() == name.unraw()) {
            errors.at(name, "this table is named twice; keep one of them");
        }
    }
    Ok(names)
}
