//! What was written: the event type with its options, spans kept.

use proc_macro2::Span;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{
    Attribute, Data, DeriveInput, Fields, Generics, Ident, LitInt, LitStr, Path, Token, Type,
};

use crate::diagnostics::Diagnostics;
use crate::options::{self, TagKey};

/// An event type.
pub(super) struct EventInput {
    pub(super) ident: Ident,
    pub(super) generics: Generics,
    pub(super) krate: Path,
    pub(super) codec: Option<Type>,
    pub(super) prefix: Option<LitStr>,
    /// The names in `#[event(tags(..))]`.
    pub(super) tags: Vec<TagKey>,
    pub(super) shape: Shape,
    /// serde's own attributes that would change the stored form.
    pub(super) serde: Vec<SerdeOption>,
}

/// What kind of type it is.
pub(super) enum Shape {
    Enum(Vec<VariantInput>),
    Struct(Box<VariantInput>),
    /// A union: where its keyword stands.
    Union(Span),
}

/// A variant, or the struct itself.
pub(super) struct VariantInput {
    pub(super) ident: Ident,
    pub(super) name: Option<LitStr>,
    pub(super) aliases: Vec<LitStr>,
    pub(super) version: Option<LitInt>,
    pub(super) body: Body,
    pub(super) serde: Vec<SerdeOption>,
}

/// What a variant holds.
pub(super) enum Body {
    Unit,
    Named(Vec<FieldInput>),
    /// One field without a name: events of another type.
    Wraps(Type),
    /// Fields without names: the list as it stands.
    Unnamed(Fields),
}

/// A field with a name, and the tags that it gives.
pub(super) struct FieldInput {
    pub(super) ident: Ident,
    pub(super) ty: Type,
    pub(super) tags: Vec<TagKey>,
}

/// An option of serde, by name.
pub(super) struct SerdeOption {
    pub(super) name: String,
    pub(super) span: Span,
}

impl EventInput {
    /// The variants, or the struct as the only one.
    pub(super) fn variants(&self) -> &[VariantInput] {
        match &self.shape {
            Shape::Enum(variants) => variants,
            Shape::Struct(event) => std::slice::from_ref(&**event),
            Shape::Union(_) => &[],
        }
    }

    /// The name under which a variant is stored: its own, or the Rust name behind the prefix.
    pub(super) fn stored_name(&self, variant: &VariantInput) -> String {
        if let Some(name) = &variant.name {
            return name.value();
        }
        let prefix = self.prefix.as_ref().map(LitStr::value).unwrap_or_default();
        format!("{prefix}{}", rust_name(&variant.ident))
    }

    /// The tags that a field gives, by its own attributes and by those of the enum, each once.
    pub(super) fn keys<'a>(&'a self, field: &'a FieldInput) -> Vec<&'a str> {
        let mut keys: Vec<&str> = field.tags.iter().map(|tag| tag.key.as_str()).collect();
        let name = rust_name(&field.ident);
        let shared = self.tags.iter().filter(|tag| tag.key == name);
        for tag in shared {
            if !keys.contains(&tag.key.as_str()) {
                keys.push(&tag.key);
            }
        }
        keys
    }
}

/// A name as it is written in Rust, without `r#`.
pub(super) fn rust_name(ident: &Ident) -> String {
    use syn::ext::IdentExt as _;
    ident.unraw().to_string()
}

/// Options of the whole type and of a variant, as an attribute may hold both on a struct.
#[derive(Default)]
struct Options {
    krate: Option<Path>,
    codec: Option<Type>,
    prefix: Option<LitStr>,
    tags: Vec<TagKey>,
    name: Option<LitStr>,
    aliases: Vec<LitStr>,
    version: Option<LitInt>,
}

/// What an `#[event(..)]` stands on, which decides what it may say.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Enum,
    Struct,
    Variant,
}

pub(super) fn parse(input: &DeriveInput, errors: &mut Diagnostics) -> EventInput {
    let place = match input.data {
        Data::Struct(_) => Place::Struct,
        _ => Place::Enum,
    };
    let options = parse_options(&input.attrs, place, errors);
    let shape = match &input.data {
        Data::Enum(data) => Shape::Enum(
            data.variants
                .iter()
                .map(|variant| {
                    let options = parse_options(&variant.attrs, Place::Variant, errors);
                    let body = parse_body(&variant.fields, errors);
                    parse_variant(&variant.ident, options, body, serde_options(&variant.attrs))
                })
                .collect(),
        ),
        Data::Struct(data) => {
            let body = match parse_body(&data.fields, errors) {
                // A struct is an event itself: it wraps nothing.
                Body::Wraps(_) => Body::Unnamed(data.fields.clone()),
                body => body,
            };
            let own = Options {
                name: options.name.clone(),
                aliases: options.aliases.clone(),
                version: options.version.clone(),
                ..Options::default()
            };
            Shape::Struct(Box::new(parse_variant(&input.ident, own, body, Vec::new())))
        }
        Data::Union(data) => Shape::Union(data.union_token.span()),
    };
    EventInput {
        ident: input.ident.clone(),
        generics: input.generics.clone(),
        krate: options.krate.unwrap_or_else(options::default_crate),
        codec: options.codec,
        prefix: options.prefix,
        tags: options.tags,
        shape,
        serde: serde_options(&input.attrs),
    }
}

fn parse_variant(
    ident: &Ident,
    options: Options,
    body: Body,
    serde: Vec<SerdeOption>,
) -> VariantInput {
    VariantInput {
        ident: ident.clone(),
        name: options.name,
        aliases: options.aliases,
        version: options.version,
        body,
        serde,
    }
}

fn parse_body(fields: &Fields, errors: &mut Diagnostics) -> Body {
    match fields {
        Fields::Unit => Body::Unit,
        Fields::Named(named) => Body::Named(
            named
                .named
                .iter()
                .filter_map(|field| {
                    let ident = field.ident.clone()?;
                    let tags = parse_tags(&field.attrs, &ident, errors);
                    Some(FieldInput {
                        ident,
                        ty: field.ty.clone(),
                        tags,
                    })
                })
                .collect(),
        ),
        Fields::Unnamed(unnamed) => {
            for attribute in unnamed.unnamed.iter().flat_map(|field| &field.attrs) {
                if attribute.path().is_ident("tag") {
                    errors.at(
                        attribute,
                        "a tag needs a field with a name; write `Variant { #[tag] course: CourseId }`",
                    );
                }
            }
            match unnamed.unnamed.first() {
                Some(inner) if unnamed.unnamed.len() == 1 => Body::Wraps(inner.ty.clone()),
                _ => Body::Unnamed(fields.clone()),
            }
        }
    }
}

fn parse_tags(attributes: &[Attribute], ident: &Ident, errors: &mut Diagnostics) -> Vec<TagKey> {
    let mut tags = Vec::new();
    for attribute in attributes {
        if attribute.path().is_ident("tag") {
            match options::tag_key(attribute, ident) {
                Ok(key) => tags.push(key),
                Err(error) => errors.add(error),
            }
        } else if attribute.path().is_ident("event") {
            errors.at(
                attribute.path(),
                "a field has no `event` options; write `#[tag]` or `#[tag(key)]` to make it a tag",
            );
        }
    }
    tags
}

fn parse_options(attributes: &[Attribute], place: Place, errors: &mut Diagnostics) -> Options {
    let mut options = Options::default();
    for attribute in attributes {
        if attribute.path().is_ident("tag") {
            errors.at(
                attribute.path(),
                "`#[tag]` stands on a field; for all variants at once write `#[event(tags(..))]` on the enum",
            );
        }
        if attribute.path().is_ident("event") {
            options::parse_attribute(attribute, errors, |meta, errors| {
                parse_option(&mut options, place, meta, errors)
            });
        }
    }
    options
}

fn parse_option(
    options: &mut Options,
    place: Place,
    meta: &syn::meta::ParseNestedMeta<'_>,
    errors: &mut Diagnostics,
) -> syn::Result<()> {
    const ENUM: [&str; 4] = ["tags", "prefix", "codec", "crate"];
    const VARIANT: [&str; 3] = ["name", "alias", "version"];
    const STRUCT: [&str; 6] = ["tags", "name", "alias", "version", "codec", "crate"];
    let name = meta
        .path
        .get_ident()
        .map(ToString::to_string)
        .unwrap_or_default();
    let known: &[&str] = match place {
        Place::Enum => &ENUM,
        Place::Variant => &VARIANT,
        Place::Struct => &STRUCT,
    };
    if !known.contains(&name.as_str()) {
        return match (place, name.as_str()) {
            (Place::Enum, "name" | "alias" | "version") => options::misplaced(
                "this belongs on a variant, which is an event of its own; an enum has `prefix = \"..\"`",
                meta,
                errors,
            ),
            (Place::Struct, "prefix") => options::misplaced(
                "a struct is one event: write its whole stored name, `name = \"..\"`",
                meta,
                errors,
            ),
            (Place::Variant, "prefix" | "tags" | "codec" | "crate") => options::misplaced(
                "this belongs on the enum, for all of its events",
                meta,
                errors,
            ),
            _ => options::unknown("event", known, meta, errors),
        };
    }
    match name.as_str() {
        "crate" => options::set_once(
            &mut options.krate,
            options::crate_path(meta.value()?)?,
            meta,
            errors,
        ),
        "codec" => options::set_once(&mut options.codec, options::value(meta)?, meta, errors),
        "prefix" => options::set_once(&mut options.prefix, options::value(meta)?, meta, errors),
        "name" => options::set_once(&mut options.name, options::value(meta)?, meta, errors),
        "version" => options::set_once(&mut options.version, options::value(meta)?, meta, errors),
        "alias" => options.aliases.push(options::value(meta)?),
        _ => {
            let content;
            syn::parenthesized!(content in meta.input);
            let keys = Punctuated::<TagKey, Token![,]>::parse_terminated(&content)?;
            options.tags.extend(keys);
        }
    }
    Ok(())
}

/// The names of serde's options; what cannot be read is left to serde.
fn serde_options(attributes: &[Attribute]) -> Vec<SerdeOption> {
    let mut options = Vec::new();
    for attribute in attributes {
        if !attribute.path().is_ident("serde") {
            continue;
        }
        let _: syn::Result<()> = attribute.parse_nested_meta(|meta| {
            if let Some(ident) = meta.path.get_ident() {
                options.push(SerdeOption {
                    name: ident.to_string(),
                    span: ident.span(),
                });
            }
            while !meta.input.is_empty() && !meta.input.peek(Token![,]) {
                meta.input.parse::<proc_macro2::TokenTree>()?;
            }
            Ok(())
        });
    }
    options
}
