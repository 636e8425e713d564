//! Stored names that two types of one log claim.

use std::collections::HashMap;
use std::fmt;

use super::{OwnEvent, Schema, VariantForm};

/// Two events of one log have the same stored name, so that each type would read the other's events.
///
/// Pin another name with `#[event(name = "..")]`, or set a whole enum apart with `#[event(prefix = "..")]`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("stored name {name} stands for both {first} and {second}")]
#[non_exhaustive]
pub struct NameCollision {
    /// The stored name, or older stored name, that both have.
    pub name: &'static str,
    /// The path of one of the Rust types, with the variant.
    pub first: String,
    /// The path of the other.
    pub second: String,
}

/// Checks that every stored name stands for one event among these types: those whose events meet in one log.
///
/// The derive sees one type at a time, so that it reports a name that one enum uses twice, and no more. Call this where
/// a log is opened, or in a test. It looks into sets of events; a type that stands in several of them is one type, and
/// two types that read the same stored events on purpose do not both belong in the list.
///
/// ```
/// # use factos::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// #[derive(Serialize, Deserialize, Event)]
/// enum CourseEvent { Defined { capacity: u32 }, Closed }
///
/// #[derive(Serialize, Deserialize, Event)]
/// enum OrderEvent { Placed { items: u32 }, Closed }
///
/// let collision = factos::distinct_names([CourseEvent::SCHEMA, OrderEvent::SCHEMA]).unwrap_err();
/// assert_eq!(collision.name, "Closed");
/// assert!(collision.first.ends_with("CourseEvent::Closed"));
/// assert!(collision.second.ends_with("OrderEvent::Closed"));
/// ```
///
/// # Errors
/// [`NameCollision`] with the first name that two of them have.
pub fn distinct_names(
    schemas: impl IntoIterator<Item = &'static Schema>,
) -> Result<(), NameCollision> {
    let mut seen = HashMap::new();
    schemas
        .into_iter()
        .try_for_each(|schema| claim(schema, &mut seen))
}

/// An event, told apart from others by where its type stands.
#[derive(Clone, Copy, PartialEq)]
struct Claim {
    schema: &'static Schema,
    ident: &'static str,
    event: &'static OwnEvent,
}

impl Claim {
    fn is_same(self, other: Self) -> bool {
        (self.schema.module, self.schema.name, self.ident)
            == (other.schema.module, other.schema.name, other.ident)
            && self.event == other.event
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.schema.module.is_empty() {
            write!(f, "{}::", self.schema.module)?;
        }
        f.write_str(self.schema.name)?;
        if !self.schema.is_struct {
            write!(f, "::{}", self.ident)?;
        }
        Ok(())
    }
}

fn claim(
    schema: &'static Schema,
    seen: &mut HashMap<&'static str, Claim>,
) -> Result<(), NameCollision> {
    for variant in schema.variants {
        let event = match &variant.form {
            VariantForm::Own(event) => event,
            VariantForm::Wraps(inner) => {
                claim(inner, seen)?;
                continue;
            }
        };
        let this = Claim {
            schema,
            ident: variant.ident,
            event,
        };
        for name in [event.name].iter().chain(event.aliases) {
            match seen.insert(name, this) {
                Some(other) if !other.is_same(this) => {
                    return Err(NameCollision {
                        name,
                        first: other.to_string(),
                        second: this.to_string(),
                    });
                }
                _ => {}
            }
        }
    }
    Ok(())
}
