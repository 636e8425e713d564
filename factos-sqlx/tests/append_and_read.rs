//! Events go in and come back: order, bytes, ranges, limits, directions.

mod support;

use factos_core::store::{
    Answer, AppendRequest, EventStore, ExpectedRevision, Group, ReadPart, ReadRequest,
};
use factos_core::{Data, Metadata, Position, Query, StreamName, Timestamp};
use factos_sqlx::SqliteStore;
use support::{
    TestResult, accepted, append_one, event, fresh, guard, item, positions, query, read_part,
    request, tag,
};

const ODD: &str = "a'b\"c\\d\ne=f\u{1}g\u{1F980}h%_*?;--:[]{}\u{2028}\u{feff}";

#[tokio::test]
async fn positions_are_consecutive_from_one() -> TestResult {
    let f = fresh().await?;
    let first = accepted(&f.store, request([event("A", &[]), event("B", &[])])).await?;
    let second = accepted(&f.store, request([event("C", &["k:1"])])).await?;
    assert_eq!((first.first.get(), first.last.get()), (1, 2));
    assert_eq!((second.first.get(), second.last.get()), (3, 3));
    let snapshot = f.store.read(ReadRequest::new([])).await?;
    assert_eq!(snapshot.head, Position::new(3));
    assert!(snapshot.parts.is_empty());
    Ok(())
}

#[tokio::test]
async fn every_byte_comes_back() -> TestResult {
    let f = fresh().await?;
    let mut json = event("A", &[]);
    json.event_type = factos_core::EventType::new(ODD)?;
    json.tags = [
        tag(&format!("key:{ODD}")),
        tag("key:"),
        tag("k: x "),
        tag("\n:\t"),
    ]
    .into_iter()
    .collect();
    json.data = Data::json("{ \"b\" :1.0, \"b\":\"\\u0000\\ud83e\\udd80\", \"a\":2 }\n")?;
    json.metadata = Metadata::new()
        .with("z", ODD)
        .with(ODD, "")
        .with("", "=")
        .with("a", "\n");
    json.version = u32::MAX;
    let mut binary = event("B", &["x:1"]);
    binary.data = Data::binary([0, 255, b'{', b'}', 0]);
    let mut empty = event("C", &[]);
    empty.data = Data::binary([]);
    let mut text_like = event("D", &[]);
    text_like.data = Data::binary(*b"{\"n\":1}");
    let number = NewEventWith::json("E", "12")?;

    let events = [json, binary, empty, text_like, number];
    let appended = accepted(&f.store, request(events.clone())).await?;
    let back = read_part(&f.store, ReadPart::query(Query::all())).await?;
    assert_eq!(back.len(), events.len());
    for (stored, event) in back.iter().zip(&events) {
        assert_eq!(stored.id, event.id);
        assert_eq!(stored.event_type, event.event_type);
        assert_eq!(stored.version, event.version);
        assert_eq!(stored.tags, event.tags);
        assert_eq!(stored.data, event.data);
        assert_eq!(
            stored.metadata.iter().collect::<Vec<_>>(),
            event.metadata.iter().collect::<Vec<_>>()
        );
        assert_eq!(stored.recorded_at, appended.recorded_at);
        assert_eq!(stored.stream, None);
    }
    for odd_tag in &events[0].tags {
        let by_tag = query(&[], &[odd_tag.as_str()]);
        assert_eq!(positions(&f.store, ReadPart::query(by_tag)).await?, [1]);
    }
    Ok(())
}

struct NewEventWith;
impl NewEventWith {
    fn json(name: &str, text: &str) -> Result<factos_core::NewEvent, Box<dyn std::error::Error>> {
        let mut event = event(name, &[]);
        event.data = Data::json(text)?;
        Ok(event)
    }
}

#[tokio::test]
async fn a_read_keeps_to_query_range_limit_and_direction() -> TestResult {
    let f = fresh().await?;
    for n in 0..20 {
        let name = if n % 2 == 0 { "Even" } else { "Odd" };
        let third = format!("third:{}", n % 3);
        let events = [event(name, &[&third, "all:1"])];
        accepted(&f.store, request(events)).await?;
    }
    let read = |part| positions(&f.store, part);
    let even = || ReadPart::query(query(&["Even"], &[]));
    assert_eq!(read(even().limit(3)).await?, [1, 3, 5]);
    assert_eq!(read(even().backward().limit(3)).await?, [19, 17, 15]);
    assert_eq!(
        read(even().after(Position::new(3)).to(Position::new(9))).await?,
        [5, 7, 9]
    );
    assert_eq!(read(even().limit(0)).await?, [] as [u64; 0]);
    let both = query(&["Even"], &["third:0", "all:1"]);
    assert_eq!(read(ReadPart::query(both)).await?, [1, 7, 13, 19]);
    let any_of = Query::new([item(&["Even", "Odd"], &["third:0"]), item(&["Even"], &[])]);
    let part = ReadPart::query(any_of.clone()).limit(5);
    assert_eq!(read(part).await?, [1, 3, 4, 5, 7]);
    let part = ReadPart::query(any_of)
        .backward()
        .to(Position::new(10))
        .limit(4);
    assert_eq!(read(part).await?, [10, 9, 7, 5]);
    let all = ReadPart::query(Query::all());
    assert_eq!(read(all.clone().after(Position::new(18))).await?, [19, 20]);
    assert_eq!(read(all.clone().backward().limit(2)).await?, [20, 19]);
    assert_eq!(
        read(all.after(Position::new(u64::MAX))).await?,
        [] as [u64; 0]
    );
    let two = query(&[], &["third:1", "all:1"]);
    let part = ReadPart::query(two).backward().limit(2);
    assert_eq!(read(part).await?, [20, 17]);
    let unknown = query(&["Even"], &["third:0", "no:1"]);
    assert_eq!(read(ReadPart::query(unknown)).await?, [] as [u64; 0]);
    Ok(())
}

#[tokio::test]
async fn many_alternatives_are_one_ordered_answer() -> TestResult {
    let f = fresh().await?;
    let events = (0..300).map(|n| event("T", &[&format!("n:{n}"), &format!("m:{}", n % 7)]));
    accepted(&f.store, request(events)).await?;
    let items = (0..300)
        .rev()
        .step_by(2)
        .map(|n| item(&[], &[&format!("n:{n}")]));
    let wanted = Query::new(items.chain([item(&["T"], &["m:3"])]));
    let mut expected: Vec<u64> = (0..300)
        .filter(|n| n % 2 == 1 || n % 7 == 3)
        .map(|n| n + 1)
        .collect();
    let part = ReadPart::query(wanted);
    assert_eq!(positions(&f.store, part.clone()).await?, expected);
    assert_eq!(
        positions(&f.store, part.clone().limit(10)).await?,
        expected[..10]
    );
    expected.reverse();
    assert_eq!(
        positions(&f.store, part.backward().limit(10)).await?,
        expected[..10]
    );
    Ok(())
}

#[tokio::test]
async fn parts_share_one_snapshot_with_head_and_key() -> TestResult {
    let f = fresh().await?;
    accepted(&f.store, request([event("A", &["k:1"])])).await?;
    accepted(&f.store, request([event("B", &["k:1"])])).await?;
    let parts = [
        ReadPart::query(query(&["B"], &[])),
        ReadPart::query(query(&["A"], &["k:1"])),
        ReadPart::query(query(&["C"], &[])),
    ];
    let snapshot = f
        .store
        .read(ReadRequest::new(parts).with_key("unknown"))
        .await?;
    let lengths: Vec<usize> = snapshot.parts.iter().map(Vec::len).collect();
    assert_eq!(lengths, [1, 1, 0]);
    assert_eq!(snapshot.head, Position::new(2));
    assert_eq!(snapshot.known, None);
    Ok(())
}

#[tokio::test]
async fn time_never_runs_backwards() -> TestResult {
    let f = fresh().await?;
    let at = |micros| {
        AppendRequest::append(
            vec![event("A", &[])],
            Timestamp::from_micros(micros),
            &factos_core::Limits::default(),
        )
    };
    let mut group = Group::new();
    group.push(at(50)?);
    group.push(at(10)?);
    f.store.append(group).await?;
    accepted(&f.store, at(20)?).await?;
    accepted(&f.store, at(60)?).await?;
    let events = read_part(&f.store, ReadPart::query(Query::all())).await?;
    let times: Vec<i64> = events.iter().map(|e| e.recorded_at.as_micros()).collect();
    assert_eq!(times, [50, 50, 50, 60]);
    Ok(())
}

#[tokio::test]
async fn streams_count_their_events() -> TestResult {
    let f = fresh().await?;
    let name = StreamName::new("account-1")?;
    let to =
        |expected| request([event("A", &[]), event("B", &[])]).to_stream(name.clone(), expected);
    let first = accepted(&f.store, to(ExpectedRevision::NoStream)).await?;
    assert_eq!(first.first_revision, Some(0));
    let refused = append_one(&f.store, to(ExpectedRevision::NoStream)).await?;
    assert_eq!(
        refused.expect_err("it has events").to_string(),
        "stream account-1 is at revision 1, not new"
    );
    let mut group = Group::new();
    group.push(to(ExpectedRevision::At(1)));
    group.push(to(ExpectedRevision::At(3)));
    group.push(to(ExpectedRevision::At(3)));
    group.push(to(ExpectedRevision::Any));
    let answers = f.store.append(group).await?;
    let oks: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(oks, [true, true, false, true]);
    let events = read_part(&f.store, ReadPart::stream(name.clone(), 3)).await?;
    let places: Vec<_> = events.iter().filter_map(|e| e.stream.clone()).collect();
    assert!(places.iter().all(|place| place.name == name));
    let revisions: Vec<u64> = places.iter().map(|place| place.revision).collect();
    assert_eq!(revisions, [3, 4, 5, 6, 7]);
    let last = ReadPart::stream(name.clone(), 0).backward().limit(1);
    assert_eq!(positions(&f.store, last).await?, [8]);
    let part = ReadPart::stream(name, 1)
        .after(Position::new(3))
        .to(Position::new(5));
    assert_eq!(positions(&f.store, part).await?, [4, 5]);
    let unknown = ReadPart::stream(StreamName::new("no")?, 0);
    assert_eq!(positions(&f.store, unknown).await?, [] as [u64; 0]);
    Ok(())
}

#[tokio::test]
async fn large_appends_and_groups_fit() -> TestResult {
    let f = fresh().await?;
    let mut group = Group::new();
    for n in 0..150 {
        let events = (0..3).map(|m| event("T", &[&format!("n:{n}"), &format!("m:{m}"), "all:1"]));
        group.push(request(events).guarded([
            guard(&["T"], &[&format!("n:{n}")], 0),
            guard(&["U"], &[], 0),
            guard(&["T", "U", "V"], &["none:1", "all:1", "m:1"], 0),
        ]));
    }
    let answers = f.store.append(group).await?;
    assert!(
        answers
            .iter()
            .all(|answer| matches!(answer, Ok(Answer::Accepted(_))))
    );
    let events = (0..1000).map(|n| event("U", &[&format!("n:{n}")]));
    let at = accepted(&f.store, request(events)).await?;
    assert_eq!(at.last.get(), 1450);
    let part = ReadPart::query(query(&[], &["n:7"]));
    assert_eq!(positions(&f.store, part).await?, [22, 23, 24, 458]);
    Ok(())
}

#[tokio::test]
async fn logs_of_one_file_do_not_see_each_other() -> TestResult {
    let f = fresh().await?;
    let name = factos_core::LogName::new("other")?;
    let other = factos_sqlx::SqliteOptions::from_url(&f.url)?
        .log(name)
        .open()
        .await?;
    assert_ne!(other.info().identity(), f.store.info().identity());
    let same = event("A", &["k:1"]);
    let once = request([same]).to_stream(StreamName::new("s")?, ExpectedRevision::NoStream);
    let first = accepted(&f.store, once.clone().guarded([guard(&["A"], &[], 0)])).await?;
    let second = accepted(
        &other,
        once.guarded([guard(&["A"], &["k:1"], 0), guard(&["A"], &[], 0)]),
    )
    .await?;
    assert_eq!((first.first.get(), second.first.get()), (1, 1));
    accepted(&other, request([event("B", &["k:1"])])).await?;
    let tagged = ReadPart::query(query(&[], &["k:1"]));
    assert_eq!(positions(&f.store, tagged.clone()).await?, [1]);
    assert_eq!(positions(&other, tagged).await?, [1, 2]);
    let head = f.store.read(ReadRequest::new([])).await?.head;
    assert_eq!(head.get(), 1);
    Ok(())
}

#[tokio::test]
async fn a_log_outlives_its_store() -> TestResult {
    let f = fresh().await?;
    accepted(&f.store, request([event("A", &["k:1"])])).await?;
    let identity = f.store.info().identity();
    drop(f.store);
    let again = SqliteStore::open(&f.url).await?;
    assert_eq!(again.info().identity(), identity);
    let all = ReadPart::query(Query::all());
    assert_eq!(positions(&again, all).await?, [1]);
    Ok(())
}

#[tokio::test]
async fn a_database_in_memory_is_a_log_too() -> TestResult {
    let store = SqliteStore::open("sqlite::memory:").await?;
    let other = SqliteStore::open("sqlite::memory:").await?;
    accepted(&store, request([event("A", &["k:1"])])).await?;
    let refused = append_one(
        &store,
        request([event("A", &[])]).guarded([guard(&["A"], &[], 0)]),
    )
    .await?;
    assert!(refused.is_err());
    let all = || ReadPart::query(Query::all());
    assert_eq!(positions(&store, all()).await?, [1]);
    assert_eq!(positions(&other, all()).await?, [] as [u64; 0]);
    Ok(())
}

#[tokio::test]
async fn a_stream_is_read_backward_from_any_place() -> TestResult {
    let f = fresh().await?;
    let names = [StreamName::new("s")?, StreamName::new("t")?];
    for n in [0, 0, 1, 0, 1, 1, 0] {
        let name = names[n].clone();
        let one = request([event("A", &[])]).to_stream(name, ExpectedRevision::Any);
        accepted(&f.store, one).await?;
    }
    let in_s = [7, 4, 2, 1];
    for to in 0..=8 {
        let part = ReadPart::stream(names[0].clone(), 0).backward();
        let seen = positions(&f.store, part.clone().to(Position::new(to))).await?;
        assert!(seen.iter().eq(in_s.iter().filter(|place| **place <= to)));
        let last = positions(&f.store, part.to(Position::new(to)).limit(1)).await?;
        assert_eq!(last.first(), seen.first());
    }
    Ok(())
}
