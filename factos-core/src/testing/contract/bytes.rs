//! G12: every byte comes back, and every byte counts.

use super::fixture::StoreFixture;
use super::words::*;
use crate::codec::Data;
use crate::event::{NewEvent, StoredEvent};
use crate::id::EventId;
use crate::limits::{Limits, MAX_NAME_BYTES, MAX_TAG_BYTES};
use crate::metadata::Metadata;
use crate::store::{Answer, EventStore, ExpectedRevision, ReadPart, ReadRequest};
use crate::time::Timestamp;

/// What a store might change on its way in or out.
pub(super) const ODD: &str =
    "a'b\"c\\d\ne=f\u{1}g\r\n\th%_*?;--:[]{}$1 \u{1F980}\u{2028}\u{feff}e\u{301} ";

/// Events come back as they were appended, in all their fields.
pub async fn g12_every_byte_comes_back<F: StoreFixture>(fixture: &F) {
    let [store, other] = open_twice(fixture).await;
    let mut odd = event(
        ODD,
        &[&format!("key:{ODD}"), "key:", "k: x ", "\n:\t", "a:b:c"],
    );
    odd.version = u32::MAX;
    odd.metadata = Metadata::new()
        .with("z", ODD)
        .with(ODD, "")
        .with("", "=")
        .with("a", "\n");
    odd.data = json("{ \"b\" :1.0, \"b\":\"\\u0000\\ud83e\\udd80\", \"a\":2 }\n");
    let mut events = vec![odd];
    for text in [
        "12",
        "\"\"",
        "null",
        "[1,  2]",
        "1e400",
        "\"\\ud800\"",
        "{\"n\":123456789012345678901234567890}",
    ] {
        events.push(with_data(json(text)));
    }
    for bytes in [&b""[..], &[0, 255, b'{', b'}', 0], b"{\"n\":1}", b"null"] {
        events.push(with_data(Data::binary(bytes)));
    }
    let micros = [-1_234_567, 0, 4_102_444_800_123_457];
    for at in micros {
        let request = request_at(at, events.iter().map(renewed))
            .to_stream(stream(ODD), ExpectedRevision::Any);
        let appended = accepted(&*store, request.clone()).await;
        assert_eq!(appended.recorded_at, Timestamp::from_micros(at));
        let part = ReadPart::stream(stream(ODD), appended.first_revision.unwrap_or(u64::MAX));
        let stored = self::events(&*other, part).await;
        assert_eq!(stored.len(), events.len());
        for (stored, event) in stored.iter().zip(request.events()) {
            same(stored, event);
            assert_eq!(stored.recorded_at, appended.recorded_at);
            assert_eq!(stored.append_id, request.append_id());
            let place = stored.stream.as_ref().map(|place| place.name.as_str());
            assert_eq!(place, Some(ODD));
        }
    }
    for odd_tag in &events[0].tags {
        let by_tag = ReadPart::query(query(&[ODD], &[odd_tag.as_str()]));
        assert_eq!(
            positions(&*other, by_tag).await,
            [1, 13, 25],
            "by {odd_tag:?}"
        );
    }
}

/// The same event again.
fn renewed(event: &NewEvent) -> NewEvent {
    let mut event = event.clone();
    event.id = EventId::new();
    event
}

fn json(text: &str) -> Data {
    valid(Data::json(text))
}

fn with_data(data: Data) -> NewEvent {
    let mut event = event("A", &[]);
    event.data = data;
    event
}

fn same(stored: &StoredEvent, event: &NewEvent) {
    assert_eq!(stored.id, event.id);
    assert_eq!(stored.event_type, event.event_type);
    assert_eq!(stored.version, event.version);
    assert_eq!(stored.tags, event.tags);
    let (there, given) = (&stored.data, &event.data);
    assert!(there == given, "{given:?} came back as {there:?}");
    let pairs = |metadata: &Metadata| -> Vec<(String, String)> {
        let owned = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
        metadata.iter().map(owned).collect()
    };
    assert_eq!(pairs(&stored.metadata), pairs(&event.metadata));
}

/// What just fits the limits is stored, found and given back: names of 255 bytes, 64 tags of 1 KiB, 4 MiB of data.
pub async fn g12_what_just_fits_comes_back<F: StoreFixture>(fixture: &F) {
    let store = open(fixture).await;
    let limits = Limits::default();
    let name = "\u{e9}".repeat(MAX_NAME_BYTES / 2) + "e";
    let long = |n: usize| {
        let tag = format!("t{n:02}:");
        tag.clone() + &"v".repeat(MAX_TAG_BYTES - tag.len())
    };
    let tags: Vec<String> = (0..limits.tags_per_event).map(long).collect();
    let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
    let mut large = event(&name, &tags);
    let noise = |n: usize| (n.wrapping_mul(2_654_435_761) >> 11).to_le_bytes()[0];
    large.data = Data::binary((0..limits.bytes_per_event).map(noise).collect::<Vec<u8>>());
    let mut text = event(&name, &tags[..1]);
    text.data = json(&format!("\"{}\"", "x\u{e9}\u{1F980}".repeat(100_000)));
    let appended = request([large.clone(), text.clone()])
        .to_stream(stream(&name), ExpectedRevision::NoStream)
        .with_key(key(&name, &[255; MAX_NAME_BYTES]));
    accepted(&*store, appended.clone()).await;
    let again = append(&*store, appended).await;
    assert!(matches!(again, Ok(Answer::Repeated(_))), "{again:?}");

    let all_tags = ReadPart::query(query(&[&name], &tags));
    let found = events(&*store, all_tags).await;
    assert_eq!(places(&found), [1]);
    same(&found[0], &large);
    let in_stream = events(&*store, ReadPart::stream(stream(&name), 1)).await;
    same(&in_stream[0], &text);
    let unlike = long(0).replacen('v', "w", 1);
    let unlike = ReadPart::query(query(&[], &[&unlike]));
    assert_eq!(positions(&*store, unlike).await, [0; 0]);
}

/// Texts that look alike, that some languages hold for equal, or that are patterns for one another.
const LIKE: [&[&str]; 7] = [
    &[
        "a", "A", "a ", " a", "a\u{301}", "\u{e1}", "\u{ff41}", "\u{430}",
    ],
    &["stra\u{df}e", "strasse", "STRASSE"],
    &["%", "_", "*", "?", "x", "xx"],
    &["1", "01", "1.0", "1e0", "+1"],
    &["i", "I", "\u{131}", "\u{130}"],
    &["\\", "\\\\", "'", "''", "\"", "\"\""],
    &["null", "NULL", "true", "t", "\u{200b}", "\u{feff}"],
];

/// Types, tags, streams and keys are told apart by their bytes, in reads and in guards.
pub async fn rule_names_and_tags_compare_byte_for_byte<F: StoreFixture>(fixture: &F) {
    let store = open(fixture).await;
    let texts: Vec<&str> = LIKE.iter().copied().flatten().copied().collect();
    let tagged = |text: &str| format!("k:{text}");
    for text in &texts {
        let one = request([event(text, &[&tagged(text)])])
            .to_stream(stream(text), ExpectedRevision::NoStream)
            .with_key(key(text, b""))
            .guarded([guard(&[text], &[], 0), guard(&[], &[&tagged(text)], 0)]);
        let answer = append(&*store, one).await;
        assert!(
            matches!(answer, Ok(Answer::Accepted(_))),
            "{text:?} is new, and {answer:?}"
        );
    }
    for (place, text) in (1..).zip(&texts) {
        assert_eq!(
            found(&*store, text, &tagged(text)).await,
            [[place]; 4],
            "{text:?}"
        );
    }
}

/// What is found by a type, a tag, both and a stream.
async fn found(store: &impl EventStore, name: &str, tag: &str) -> [Vec<u64>; 4] {
    let parts = [
        ReadPart::query(query(&[name], &[])),
        ReadPart::query(query(&[], &[tag])),
        ReadPart::query(query(&[name], &[tag])),
        ReadPart::stream(stream(name), 0),
    ];
    let snapshot = read(store, ReadRequest::new(parts)).await;
    [0, 1, 2, 3].map(|n| places(&snapshot.parts[n]))
}
