//! What the macros' attributes have in common: `crate = path`, unknown options, tag keys, names.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt as _;
use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Ident, LitStr, Path, Result, Token, parse_quote};

use crate::diagnostics::{Diagnostics, did_you_mean};

/// Where the expansion finds factos, unless `crate = path` says something else.
pub(crate) fn default_crate() -> Path {
    parse_quote!(::factos)
}

/// The path behind `crate =`, which stands in a `use`.
pub(crate) fn crate_path(input: ParseStream<'_>) -> Result<Path> {
    let path = input.call(Path::parse_mod_style)?;
    let import = quote!(use #path::__private as __factos;);
    match syn::parse2::<syn::ItemUse>(import) {
        Ok(_) => Ok(path),
        Err(_) => Err(syn::Error::new_spanned(
            path,
            "say where factos is: `crate = ::factos`, or the name that it has in Cargo.toml",
        )),
    }
}

/// The value behind `name =`.
pub(crate) fn value<T: Parse>(meta: &ParseNestedMeta<'_>) -> Result<T> {
    meta.value()?.parse()
}

/// Reports an option that the macro does not have, and steps over its value.
pub(crate) fn unknown(
    macro_name: &str,
    known: &[&str],
    meta: &ParseNestedMeta<'_>,
    errors: &mut Diagnostics,
) -> Result<()> {
    let name = meta.path.to_token_stream().to_string().replace(' ', "");
    let hint = did_you_mean(&name, known);
    errors.at(
        &meta.path,
        format!("`{macro_name}` has no option `{name}`; {hint}"),
    );
    skip(meta)
}

/// Reports an option that does not belong here, and steps over its value.
pub(crate) fn misplaced(
    message: &str,
    meta: &ParseNestedMeta<'_>,
    errors: &mut Diagnostics,
) -> Result<()> {
    errors.at(&meta.path, message);
    skip(meta)
}

fn skip(meta: &ParseNestedMeta<'_>) -> Result<()> {
    while !meta.input.is_empty() && !meta.input.peek(Token![,]) {
        meta.input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}

/// Reports an option that was given twice.
pub(crate) fn set_once<T>(
    place: &mut Option<T>,
    new: T,
    meta: &ParseNestedMeta<'_>,
    errors: &mut Diagnostics,
) {
    if place.is_some() {
        errors.at(&meta.path, "this option is given twice; keep one of them");
    }
    *place = Some(new);
}

/// The options of an attribute macro, `#[fact(..)]`; mistakes in one do not hide those behind it.
pub(crate) fn parse_arguments(
    arguments: TokenStream,
    errors: &mut Diagnostics,
    mut option: impl FnMut(&ParseNestedMeta<'_>, &mut Diagnostics) -> Result<()>,
) {
    let parser = syn::meta::parser(|meta| option(&meta, errors));
    if let Err(error) = syn::parse::Parser::parse2(parser, arguments) {
        errors.add(error);
    }
}

/// The options of an attribute that a derive reads, `#[event(..)]`.
pub(crate) fn parse_attribute(
    attribute: &Attribute,
    errors: &mut Diagnostics,
    mut option: impl FnMut(&ParseNestedMeta<'_>, &mut Diagnostics) -> Result<()>,
) {
    let parsed = attribute.parse_nested_meta(|meta| option(&meta, errors));
    if let Err(error) = parsed {
        errors.add(error);
    }
}

/// The key of a tag, with the place that it was taken from.
#[derive(Clone)]
pub(crate) struct TagKey {
    pub(crate) key: String,
    pub(crate) span: Span,
}

impl TagKey {
    /// The key that a field or argument has of itself: its name.
    pub(crate) fn of(ident: &Ident) -> Self {
        Self {
            key: ident.unraw().to_string(),
            span: ident.span(),
        }
    }
}

impl Parse for TagKey {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.peek(LitStr) {
            let text: LitStr = input.parse()?;
            return Ok(Self {
                key: text.value(),
                span: text.span(),
            });
        }
        let ident = input.call(Ident::parse_any)?;
        Ok(Self::of(&ident))
    }
}

/// The key in `#[tag]` or `#[tag(key)]` on a field or argument called `ident`.
pub(crate) fn tag_key(attribute: &Attribute, ident: &Ident) -> Result<TagKey> {
    match &attribute.meta {
        syn::Meta::Path(_) => Ok(TagKey::of(ident)),
        _ => attribute.parse_args().map_err(|error| {
            syn::Error::new(
                error.span(),
                "a tag has one key: write `#[tag]`, or `#[tag(key)]` to name it",
            )
        }),
    }
}

/// The keys in `#[tags(a, b)]`.
pub(crate) fn tags_attribute(attribute: &Attribute) -> Result<Vec<TagKey>> {
    let keys = attribute.parse_args_with(Punctuated::<TagKey, Token![,]>::parse_terminated);
    match keys {
        Ok(keys) => Ok(keys.into_iter().collect()),
        Err(_) => Err(syn::Error::new_spanned(
            attribute,
            "name the tags that this event is narrowed by: `#[tags(course)]`, or `#[tags()]` for none",
        )),
    }
}

/// The expression in `#[fact(expr)]` on a parameter or field; an empty one gets this message.
pub(crate) fn fact_expression(
    attribute: &Attribute,
    empty: &str,
    errors: &mut Diagnostics,
) -> Expr {
    attribute.parse_args().unwrap_or_else(|error| {
        let is_empty = match &attribute.meta {
            syn::Meta::List(list) => list.tokens.is_empty(),
            _ => true,
        };
        if is_empty {
            errors.at(attribute, empty);
        } else {
            errors.at_span(
                error.span(),
                "one fact stands here, as an expression; for several write a tuple: `#[fact((a(..), b(..)))]`",
            );
        }
        Expr::Verbatim(TokenStream::new())
    })
}

/// A key is text without a colon, since `key:value` is split at the first one.
pub(crate) fn check_key(key: &TagKey, errors: &mut Diagnostics) {
    if key.key.is_empty() || key.key.contains([':', '\0']) {
        errors.at_span(
            key.span,
            "a tag's key is not empty and holds no colon and no NUL; write a word such as `course`",
        );
    }
}
