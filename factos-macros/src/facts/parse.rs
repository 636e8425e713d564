//! What was written: the struct, the arguments of its facts, the fact of each field.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{
    Attribute, Data, DeriveInput, Expr, Generics, Ident, Member, Path, Token, Type, Visibility,
};

use crate::diagnostics::{Diagnostics, did_you_mean};
use crate::options;

/// A struct that is to hold the states of facts.
pub(super) struct FactsInput {
    pub(super) ident: Ident,
    pub(super) vis: Visibility,
    pub(super) generics: Generics,
    pub(super) krate: Path,
    pub(super) arguments: Vec<Argument>,
    pub(super) shape: Shape,
}

/// `course: &CourseId`, from which the fields' facts are made.
pub(super) struct Argument {
    pub(super) ident: Ident,
    pub(super) ty: Type,
}

/// What kind of type it is.
pub(super) enum Shape {
    Struct(Vec<FieldInput>),
    /// An enum or union: its keyword, and where it stands.
    Other(&'static str, Span),
}

/// A field and the fact whose state it holds.
pub(super) struct FieldInput {
    pub(super) member: Member,
    pub(super) ty: Type,
    pub(super) fact: Option<Expr>,
    /// Where to say that something is missing.
    pub(super) span: Span,
}

/// What stands in `#[facts(..)]`, one of it.
enum Part {
    Argument(Box<Argument>),
    Crate(Path),
    Unknown(TokenStream),
}

pub(super) fn parse(input: &DeriveInput, errors: &mut Diagnostics) -> FactsInput {
    let mut krate = None;
    let mut arguments = Vec::new();
    for attribute in &input.attrs {
        if attribute.path().is_ident("facts") {
            parse_parts(attribute, &mut krate, &mut arguments, errors);
        } else if attribute.path().is_ident("fact") {
            errors.at(
                attribute,
                "`#[fact(..)]` stands on a field, and names the fact whose state it holds; the arguments of all of \
                 them are `#[facts(..)]`",
            );
        }
    }
    let shape = match &input.data {
        Data::Struct(data) => {
            let fields = data.fields.members().zip(&data.fields);
            let parsed = fields.map(|(member, field)| FieldInput {
                span: match &member {
                    Member::Named(name) => name.span(),
                    Member::Unnamed(_) => field.ty.span(),
                },
                member,
                ty: field.ty.clone(),
                fact: parse_fact(&field.attrs, errors),
            });
            Shape::Struct(parsed.collect())
        }
        Data::Enum(data) => Shape::Other("enum", data.enum_token.span()),
        Data::Union(data) => Shape::Other("union", data.union_token.span()),
    };
    FactsInput {
        ident: input.ident.clone(),
        vis: input.vis.clone(),
        generics: input.generics.clone(),
        krate: krate.unwrap_or_else(options::default_crate),
        arguments,
        shape,
    }
}

fn parse_parts(
    attribute: &Attribute,
    krate: &mut Option<Path>,
    arguments: &mut Vec<Argument>,
    errors: &mut Diagnostics,
) {
    let parts = match attribute.parse_args_with(Punctuated::<Part, Token![,]>::parse_terminated) {
        Ok(parts) => parts,
        Err(error) => return errors.add(error),
    };
    for part in parts {
        match part {
            Part::Argument(argument) => arguments.push(*argument),
            Part::Crate(path) if krate.is_some() => {
                errors.at(path, "this option is given twice; keep one of them");
            }
            Part::Crate(path) => *krate = Some(path),
            Part::Unknown(word) => {
                let hint = match did_you_mean(&word.to_string(), &["crate"]) {
                    near if near.starts_with("did") => near,
                    _ => "an argument of the facts is written with its type, `course: &CourseId`, and the only \
                          option is `crate = path`"
                        .to_owned(),
                };
                errors.at(&word, format!("`facts` has no option `{word}`; {hint}"));
            }
        }
    }
}

impl Parse for Part {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(Ident) && input.peek2(Token![:]) && !input.peek2(Token![::]) {
            let ident = input.parse()?;
            input.parse::<Token![:]>()?;
            let ty = input.parse()?;
            return Ok(Self::Argument(Box::new(Argument { ident, ty })));
        }
        let word = input.call(Ident::parse_any).map_err(|error| {
            syn::Error::new(
                error.span(),
                "name the arguments of the facts, with their types: `#[facts(course: &CourseId)]`",
            )
        })?;
        if word == "crate" && input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            return Ok(Self::Crate(options::crate_path(input)?));
        }
        // Stepped over, so that what comes behind it is read.
        while !input.is_empty() && !input.peek(Token![,]) {
            input.parse::<proc_macro2::TokenTree>()?;
        }
        Ok(Self::Unknown(word.to_token_stream()))
    }
}

/// The fact of a field. A broken one counts as there, so that it is reported once.
fn parse_fact(attributes: &[Attribute], errors: &mut Diagnostics) -> Option<Expr> {
    let mut fact = None;
    for attribute in attributes {
        if attribute.path().is_ident("facts") {
            errors.at(
                attribute.path(),
                "the arguments stand on the struct; a field names its fact: `#[fact(capacity_of(course))]`",
            );
            fact.get_or_insert(Expr::Verbatim(TokenStream::new()));
        }
        if !attribute.path().is_ident("fact") {
            continue;
        }
        if fact.is_some() {
            errors.at(
                attribute,
                "a field is one fact; for several write a tuple: `#[fact((a(..), b(..)))]`",
            );
        }
        fact = Some(options::fact_expression(
            attribute,
            "name the fact: `#[fact(capacity_of(course))]`",
            errors,
        ));
    }
    fact
}
