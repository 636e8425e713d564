//! Schemas: what an event type looks like, known at compile time.

use crate::tag::TagKind;

/// The events of one Rust type, as constants that `#[fact]` checks against while the program compiles.
#[derive(Debug, PartialEq, Eq)]
pub struct Schema {
    /// The Rust type's name, for messages.
    pub name: &'static str,
    /// One entry a variant; a struct has one, named like itself.
    pub variants: &'static [Variant],
    /// Whether this is a struct, so that every value is the same event.
    pub is_struct: bool,
}

/// One variant of an event type.
#[derive(Debug, PartialEq, Eq)]
pub struct Variant {
    /// Its name in Rust, by which facts match it.
    pub ident: &'static str,
    /// What it stands for.
    pub form: VariantForm,
}

/// Whether a variant is an event itself or holds events of another type.
#[derive(Debug, PartialEq, Eq)]
pub enum VariantForm {
    /// An event of its own.
    Own(OwnEvent),
    /// Holds an event of another type, whose names and tags count.
    Wraps(&'static Schema),
}

/// How an event is stored.
#[derive(Debug, PartialEq, Eq)]
pub struct OwnEvent {
    /// The stored type name.
    pub name: &'static str,
    /// Older stored names that are read too.
    pub aliases: &'static [&'static str],
    /// The version of the stored form that is written.
    pub version: u32,
    /// Its tags: the key, and the kind of the values.
    pub tags: &'static [(&'static str, TagKind)],
}

impl Schema {
    /// All stored names, aliases too, that events of this type may have.
    pub fn type_names(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        self.collect_names(&mut names);
        names
    }

    fn collect_names(&self, names: &mut Vec<&'static str>) {
        for variant in self.variants {
            match &variant.form {
                VariantForm::Own(own) => {
                    names.push(own.name);
                    names.extend(own.aliases);
                }
                VariantForm::Wraps(inner) => inner.collect_names(names),
            }
        }
    }
}
