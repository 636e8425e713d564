//! Known faults of stores that mistake one value for another.

use super::bytes::ODD;
use super::fixture::StoreFixture;
use super::words::*;
use crate::metadata::Metadata;
use crate::position::Position;
use crate::store::{AppendRequest, ExpectedRevision, ReadPart, ReadRequest};

/// Tags that well known hashes hold for equal: CRC-32, 31 to the power of each place, FNV-1a and PostgreSQL's
/// `hashtext`, each of 32 bits; and tags that are equal when they are cut or joined.
const COLLIDING: [[&str; 2]; 7] = [
    ["seat:plumless", "seat:buckeroo"],
    ["seat:Aa", "seat:BB"],
    ["seat:cb445e", "seat:aba1e5"],
    ["seat:20215", "seat:39807"],
    ["seat:5897", "seat:22670"],
    ["a:b", "a:b:"],
    ["a:bc", "ab:c"],
];

/// Fault 12, hashes of tags without a second look: tags that collide are held for equal.
pub async fn fault_12_tags_that_collide_are_told_apart<F: StoreFixture>(fixture: &F) {
    let store = open(fixture).await;
    let long = "v".repeat(1_000);
    let [one, two] = ["1", "2"].map(|end| format!("seat:{long}{end}"));
    let pairs = COLLIDING.into_iter().chain([[&*one, &*two]]);
    for [one, two] in pairs {
        let own = accepted(&*store, request([event("A", &[one])])).await.first;
        let other = request([event("A", &[two])]).guarded([guard(&["A"], &[two], 0)]);
        let other = accepted(&*store, other).await.first;
        for (tag, place) in [(one, own), (two, other)] {
            let part = ReadPart::query(query(&[], &[tag])).after(Position::new(own.get() - 1));
            assert_eq!(positions(&*store, part).await, [place.get()], "{tag}");
        }
        let both = ReadPart::query(query(&[], &[one, two]));
        assert_eq!(
            positions(&*store, both).await,
            [0; 0],
            "no event has {one} and {two}"
        );
    }
    // So many that a hash of 8 or 16 bits has collisions among them.
    let many = (0..1_000).map(|n| event("B", &[&format!("n:{n}")]));
    let first = accepted(&*store, request(many)).await.first.get();
    for n in (0..1_000).step_by(7) {
        let part = ReadPart::query(query(&["B"], &[&format!("n:{n}")]));
        assert_eq!(positions(&*store, part).await, [first + n]);
    }
}

/// Fault 13, one value for each tag key: the second one is lost.
pub async fn fault_13_two_values_of_one_tag_key_are_two_tags<F: StoreFixture>(fixture: &F) {
    let store = open(fixture).await;
    let both = event("Moved", &["room:a", "room:b"]);
    accepted(&*store, request([both, event("Moved", &["room:b"])])).await;
    for (tags, wanted) in [
        (vec!["room:a"], vec![1]),
        (vec!["room:b"], vec![1, 2]),
        (vec!["room:a", "room:b"], vec![1]),
    ] {
        let part = ReadPart::query(query(&[], &tags));
        assert_eq!(positions(&*store, part).await, wanted, "{tags:?}");
        let check = AppendRequest::check(vec![guard(&[], &tags, 0)]);
        assert_eq!(broken(&append(&*store, check).await), [(0, 1)]);
    }
}

/// Fault 14, values put into statements as text: some values are more than values.
pub async fn fault_14_values_are_never_statements<F: StoreFixture>(fixture: &F) {
    let store = open(fixture).await;
    accepted(&*store, request([event("A", &["k:1"])])).await;
    let texts = [
        "'; DROP TABLE events; --",
        "' OR '1'='1",
        "\") OR 1=1 --",
        "\\' OR 1=1 --",
        "$$; SELECT 1; $$",
        "$1",
        "?1 :name @p",
        "%(x)s {0} {}",
        "{\"a\",\"b\"}",
        "a,b",
        "\\x00",
        ODD,
    ];
    for (place, text) in (2..).zip(texts) {
        let own = format!("k:{text}");
        let mut evil = event(text, &[&own, &format!("{}:v", text.replace(':', "."))]);
        evil.metadata = Metadata::new().with(text, text);
        let first = request([evil.clone()])
            .to_stream(stream(text), ExpectedRevision::NoStream)
            .with_key(key(text, text.as_bytes()))
            .guarded([guard(&[text], &[&own], 0)]);
        let at = accepted(&*store, first).await;
        assert_eq!((at.first.get(), at.last.get()), (place, place), "{text:?}");
        let parts = [
            ReadPart::query(query(&[text], &[])),
            ReadPart::query(query(&[], &[&own])),
            ReadPart::stream(stream(text), 0),
        ];
        let snapshot = read(&*store, ReadRequest::new(parts).with_key(text)).await;
        for part in snapshot.parts {
            assert_eq!(places(&part), [place], "{text:?}");
            assert_eq!(
                (&part[0].tags, &part[0].metadata),
                (&evil.tags, &evil.metadata)
            );
        }
        assert!(snapshot.known.is_some(), "the key {text:?}");
        let guards = [guard(&[text], &[], 0), guard(&[], &[&own], 0)];
        let check = append(&*store, AppendRequest::check(guards.to_vec())).await;
        assert_eq!(broken(&check), [(0, place), (1, place)], "{text:?}");
    }
    let whole: Vec<u64> = (1..=1 + texts.len() as u64).collect();
    assert_eq!(positions(&*store, all()).await, whole);
}
