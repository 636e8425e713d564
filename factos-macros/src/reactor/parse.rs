//! What was written: the options and the function, spans kept.

use proc_macro2::{Span, TokenStream};
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned as _;
use syn::{ItemFn, LitStr, Path, Result};

use crate::diagnostics::Diagnostics;
use crate::infer::{self, Listed};
use crate::options::{self, TagKey, check_key};

/// A function with `#[reactor]`, before its signature is understood.
pub(super) struct Written {
    pub(super) item: ItemFn,
    pub(super) options: Options,
}

/// What stands in `#[reactor(..)]`.
pub(super) struct Options {
    pub(super) krate: Path,
    pub(super) name: Option<LitStr>,
    pub(super) order_by: Option<TagKey>,
    pub(super) events: Option<Vec<Listed>>,
    pub(super) all: Option<Span>,
}

pub(super) fn parse(arguments: TokenStream, item: ItemFn, errors: &mut Diagnostics) -> Written {
    const KNOWN: [&str; 5] = ["name", "order_by", "events", "all", "crate"];
    let (mut krate, mut name, mut order_by) = (None, None, None);
    let (mut events, mut all) = (None, None);
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
            Some("order_by") => {
                options::set_once(&mut order_by, order(meta, errors)?, meta, errors);
            }
            Some("events") => {
                let listed = infer::events_option(meta, errors)?;
                options::set_once(&mut events, listed, meta, errors);
            }
            Some("all") => options::set_once(&mut all, meta.path.span(), meta, errors),
            _ => return options::unknown("reactor", &KNOWN, meta, errors),
        }
        Ok(())
    });
    Written {
        item,
        options: Options {
            krate: krate.unwrap_or_else(options::default_crate),
            name,
            order_by,
            events,
            all,
        },
    }
}

/// The key behind `order_by =`.
fn order(meta: &ParseNestedMeta<'_>, errors: &mut Diagnostics) -> Result<TagKey> {
    let key: TagKey = options::value(meta).map_err(|error| {
        let message = "events are ordered by the value of a tag: name its key, `order_by = course`";
        syn::Error::new(error.span(), message)
    })?;
    check_key(&key, errors);
    Ok(key)
}
