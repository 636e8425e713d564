//! What was written: alternatives, each an event with the tags that it is asked for by.

use proc_macro2::Span;
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, Ident, LitStr, Path, Result, Token, braced, parenthesized};

use crate::options::{self, TagKey};

/// Everything in `query!(..)`.
pub(super) struct QueryInput {
    pub(super) krate: Path,
    pub(super) events: Vec<EventInput>,
}

/// An event, with or without the variants that it is wrapped in.
pub(super) struct EventInput {
    /// The paths as they are written, the outermost first.
    pub(super) paths: Vec<Path>,
    pub(super) tags: Vec<TagInput>,
}

/// `course: &course`, or `course` for the variable of that name.
pub(super) struct TagInput {
    pub(super) key: TagKey,
    pub(super) value: Expr,
}

impl Parse for QueryInput {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut krate = None;
        if input.peek(Token![crate]) && input.peek2(Token![=]) {
            input.parse::<Token![crate]>()?;
            input.parse::<Token![=]>()?;
            krate = Some(options::crate_path(input)?);
            input.parse::<Token![,]>()?;
        }
        if input.is_empty() {
            return Err(Error::new(
                Span::call_site(),
                "name the events that are asked for: `query!(CourseClosed)`; for all of them write `Query::all()`",
            ));
        }
        let events = alternatives(input)?;
        if input.peek(Token![,]) {
            return Err(input.error("several events are alternatives: write `|` between them"));
        }
        if !input.is_empty() {
            return Err(input.error("write `|` and one more event here, or nothing"));
        }
        Ok(Self {
            krate: krate.unwrap_or_else(options::default_crate),
            events,
        })
    }
}

/// Events with `|` between them.
fn alternatives(input: ParseStream<'_>) -> Result<Vec<EventInput>> {
    input.parse::<Option<Token![|]>>()?;
    let mut events = event(input)?;
    while input.peek(Token![|]) {
        input.parse::<Token![|]>()?;
        events.extend(event(input)?);
    }
    Ok(events)
}

/// One event, or those inside of a variant that wraps them.
fn event(input: ParseStream<'_>) -> Result<Vec<EventInput>> {
    if input.peek(Token![_]) || input.peek(Token![..]) {
        return Err(input.error(
            "name an event, such as `CourseDefined`; for every event of the log write `Query::all()`",
        ));
    }
    let path = input.call(Path::parse_mod_style).map_err(|error| {
        Error::new(
            error.span(),
            "an event is named here, such as `CourseDefined { course: &course }`",
        )
    })?;
    names_an_event(&path)?;
    if input.peek(syn::token::Brace) {
        let content;
        braced!(content in input);
        let tags = tags(&content)?;
        return Ok(vec![EventInput {
            paths: vec![path],
            tags,
        }]);
    }
    if !input.peek(syn::token::Paren) {
        return Ok(vec![EventInput {
            paths: vec![path],
            tags: Vec::new(),
        }]);
    }
    let content;
    parenthesized!(content in input);
    if content.peek(Token![_]) || content.peek(Token![..]) {
        content.parse::<proc_macro2::TokenStream>()?;
        return Ok(vec![EventInput {
            paths: vec![path],
            tags: Vec::new(),
        }]);
    }
    let inner = alternatives(&content)?;
    if !content.is_empty() {
        return Err(content.error("write `|` and one more event here, or nothing"));
    }
    Ok(inner
        .into_iter()
        .map(|event| EventInput {
            paths: [path.clone()].into_iter().chain(event.paths).collect(),
            tags: event.tags,
        })
        .collect())
}

/// The path is taken into constants, which know no `Self`, and ends with an event's name.
fn names_an_event(path: &Path) -> Result<()> {
    let is = |segment: Option<&syn::PathSegment>, words: &[&str]| {
        segment.is_some_and(|segment| words.iter().any(|word| segment.ident == word))
    };
    if is(path.segments.first(), &["Self"]) {
        return Err(Error::new_spanned(
            path,
            "a query is checked outside of this `impl`, where `Self` is not known; write the name of the type",
        ));
    }
    if is(path.segments.last(), &["self", "super", "crate"]) {
        return Err(Error::new_spanned(
            path,
            "an event is named here, such as `CourseDefined { course: &course }`",
        ));
    }
    Ok(())
}

fn tags(input: ParseStream<'_>) -> Result<Vec<TagInput>> {
    let mut tags = Punctuated::<TagInput, Token![,]>::new();
    while !input.is_empty() {
        // Patterns end like this, and mean what is meant here anyway.
        if input.peek(Token![..]) {
            input.parse::<Token![..]>()?;
            if !input.is_empty() {
                return Err(
                    input.error("`..` stands at the end: tags that are not named may be any")
                );
            }
            break;
        }
        tags.push_value(input.parse()?);
        if input.is_empty() {
            break;
        }
        tags.push_punct(input.parse()?);
    }
    Ok(tags.into_iter().collect())
}

impl Parse for TagInput {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let shorthand = (!input.peek(LitStr)).then(|| input.fork().call(Ident::parse_any));
        let key: TagKey = input.parse().map_err(|error| {
            Error::new(
                error.span(),
                "a tag is asked for by its key: write `course: &course`, or `course` for the variable of that name",
            )
        })?;
        if input.peek(Token![:]) {
            input.parse::<Token![:]>()?;
            if input.is_empty() || input.peek(Token![,]) {
                return Err(Error::new(
                    key.span,
                    format!("write the value behind `{}:`", key.key),
                ));
            }
            return Ok(Self {
                key,
                value: input.parse()?,
            });
        }
        match shorthand {
            Some(ident) => {
                let ident = ident?;
                // A keyword is a key, and no variable.
                let value = syn::parse2(ident.to_token_stream()).map_err(|_| {
                    Error::new(
                        key.span,
                        format!("write the value of this tag: `{}: value`", key.key),
                    )
                })?;
                Ok(Self { key, value })
            }
            None => Err(Error::new(
                key.span,
                "write the value of this tag: `\"key\": value`",
            )),
        }
    }
}

impl EventInput {
    /// The names that lead to the event, by which the schema knows it.
    pub(super) fn names(&self) -> Vec<String> {
        let last = |path: &Path| {
            path.segments
                .last()
                .map(|segment| segment.ident.unraw().to_string())
        };
        self.paths.iter().filter_map(last).collect()
    }

    /// Where the event's own name stands.
    pub(super) fn span(&self) -> Span {
        let last = self.paths.last().and_then(|path| path.segments.last());
        last.map_or_else(Span::call_site, |segment| segment.ident.span())
    }

    /// As it is written, without tags, for messages.
    pub(super) fn name(&self) -> String {
        let last = self.paths.last().and_then(|path| path.segments.last());
        last.map(|segment| segment.ident.to_token_stream().to_string())
            .unwrap_or_default()
    }
}
