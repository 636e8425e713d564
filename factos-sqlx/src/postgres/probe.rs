//! Probes: what the database looks for, for each item of a query. Guards are checked by them, and reads are made of them.

use factos_core::{EventType, Query, QueryItem, Tag};

use super::{hash, literal};

/// What to look for: tags with one of some types; one type; or, with neither, any event.
///
/// One tag is there as `hash`, several as `hashes`. Lists are literals of arrays. Tags and types are there as hashes, by which they are found, and as texts, with which
/// everything that was found is compared.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Probe {
    pub(super) hash: Option<i64>,
    pub(super) hashes: Option<String>,
    pub(super) tags: Option<String>,
    pub(super) type_hashes: Option<String>,
    pub(super) types: Option<String>,
}

/// The probes that together find what the query matches.
pub(super) fn probes(log: i32, query: &Query) -> Vec<Probe> {
    if query.is_all() {
        return vec![Probe::default()];
    }
    query
        .items()
        .iter()
        .flat_map(|item| of_item(log, item))
        .collect()
}

fn of_item(log: i32, item: &QueryItem) -> Vec<Probe> {
    let types = item.types().iter().map(EventType::as_str);
    if item.tags().is_empty() {
        let of_type = |name| Probe {
            types: Some(literal::of_texts([name])),
            ..Probe::default()
        };
        return types.map(of_type).collect();
    }
    let tags = item.tags().iter().map(Tag::as_str);
    let several = item.tags().len() > 1;
    let narrows = !item.types().is_empty();
    let mut hash = tags.clone().map(|tag| hash::hash(log, tag));
    let type_hashes = types.clone().map(|name| hash::hash(log, name));
    vec![Probe {
        hashes: several.then(|| literal::of_numbers(hash.clone())),
        hash: hash.next().filter(|_| !several),
        tags: Some(literal::of_texts(tags)),
        type_hashes: narrows.then(|| literal::of_numbers(type_hashes)),
        types: narrows.then(|| literal::of_texts(types)),
    }]
}
