//! Schemas: what an event type looks like, known at compile time.

mod collision;

pub use collision::{NameCollision, distinct_names};

use crate::tag::TagKind;

/// The events of one Rust type, as constants that `#[fact]` checks against while the program compiles.
#[derive(Debug, PartialEq, Eq)]
pub struct Schema {
    /// The Rust type's name, for messages.
    pub name: &'static str,
    /// `module_path!()` of the type, which tells types of one name apart.
    pub module: &'static str,
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
    /// The schema of an enum.
    pub const fn of_enum(name: &'static str, variants: &'static [Variant]) -> Self {
        Self {
            name,
            module: "",
            variants,
            is_struct: false,
        }
    }

    /// The schema of a struct, with its one event.
    pub const fn of_struct(name: &'static str, variants: &'static [Variant]) -> Self {
        Self {
            name,
            module: "",
            variants,
            is_struct: true,
        }
    }

    /// The same for a type in this module, `module_path!()`.
    #[must_use]
    pub const fn in_module(mut self, module: &'static str) -> Self {
        self.module = module;
        self
    }

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

impl Variant {
    /// A variant that is an event of its own, with these tags: stored under its name in version 1.
    pub const fn event(ident: &'static str, tags: &'static [(&'static str, TagKind)]) -> Self {
        Self {
            ident,
            form: VariantForm::Own(OwnEvent {
                name: ident,
                aliases: &[],
                version: 1,
                tags,
            }),
        }
    }

    /// A variant that holds events of another type.
    pub const fn wraps(ident: &'static str, inner: &'static Schema) -> Self {
        Self {
            ident,
            form: VariantForm::Wraps(inner),
        }
    }

    /// The same event, stored under this name.
    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        if let VariantForm::Own(own) = &mut self.form {
            own.name = name;
        }
        self
    }

    /// The same event, read under these older names too.
    #[must_use]
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        if let VariantForm::Own(own) = &mut self.form {
            own.aliases = aliases;
        }
        self
    }

    /// The same event, written in this version.
    #[must_use]
    pub const fn version(mut self, version: u32) -> Self {
        if let VariantForm::Own(own) = &mut self.form {
            own.version = version;
        }
        self
    }
}
