//! Metadata as the stores keep them.

use std::fmt;

use factos_core::Metadata;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

/// Metadata as it is stored: a JSON object in the order of the pairs, or nothing.
pub(crate) fn to_text(metadata: &Metadata) -> Result<Option<String>, serde_json::Error> {
    struct Pairs<'m>(&'m Metadata);
    impl serde::Serialize for Pairs<'_> {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map(self.0.iter())
        }
    }
    if metadata.is_empty() {
        return Ok(None);
    }
    serde_json::to_string(&Pairs(metadata)).map(Some)
}

/// Metadata from what was stored.
pub(crate) fn from_text(text: &str) -> Result<Metadata, String> {
    struct Pairs(Metadata);
    struct PairsVisitor;
    impl<'de> Visitor<'de> for PairsVisitor {
        type Value = Pairs;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object of text")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
            let mut metadata = Metadata::new();
            while let Some((key, value)) = map.next_entry::<String, String>()? {
                metadata.set(key, value);
            }
            Ok(Pairs(metadata))
        }
    }
    impl<'de> Deserialize<'de> for Pairs {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_map(PairsVisitor)
        }
    }
    let pairs: Pairs = serde_json::from_str(text).map_err(|error| format!("metadata: {error}"))?;
    Ok(pairs.0)
}
