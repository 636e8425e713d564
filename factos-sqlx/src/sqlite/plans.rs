//! The query plans that the statements rely on, asked of SQLite itself.

use std::error::Error;

use factos_core::store::{
    AppendRequest, ExpectedRevision, Group, Guard, IdempotencyKey, ReadPart, ReadRequest, Receipts,
};
use factos_core::{
    AppendId, Data, EventType, Limits, NewEvent, Position, Query, QueryItem, StreamName, Tag,
    Timestamp,
};

use super::check::Check;
use super::link::Link;
use super::migrate::migrate_schema;
use super::options::SqliteOptions;
use super::place::LogNumber;
use super::read::{Reading, ask_append};
use super::rows::column;
use super::script::Script;
use crate::connections::Opener as _;

type TestResult = Result<(), Box<dyn Error>>;

const LOG: LogNumber = LogNumber(3);

async fn link() -> Result<Link, Box<dyn Error>> {
    let mut link = SqliteOptions::from_url("sqlite::memory:")?
        .opener()
        .open()
        .await?;
    migrate_schema(&mut link).await?;
    Ok(link)
}

/// The plan of each statement: what is searched and scanned, line by line.
async fn plans(script: &Script) -> Result<Vec<String>, Box<dyn Error>> {
    // A bare one would be planned again for each value.
    assert!(
        !script
            .as_str()
            .replace("LIMIT ? + 0", "")
            .contains("LIMIT ?")
    );
    let mut link = link().await?;
    let mut plans = Vec::new();
    for statement in script.as_str().split_terminator(';') {
        let mut explain = Script::default();
        explain.text("EXPLAIN QUERY PLAN ").text(statement).end();
        let mut plan = String::new();
        link.run(explain, |_, row| {
            plan += &column::<String>(row, 3).unwrap_or_default();
            plan.push('\n');
            Ok(())
        })
        .await?;
        plans.push(plan);
    }
    Ok(plans)
}

/// No statement may look through a table, or sort what comes from one.
fn assert_indexed(plan: &str) {
    for line in plan.lines() {
        let table = ["t", "o", "b", "e", "i", "k", "s"].iter().any(|name| {
            line == format!("SCAN {name}") || line.starts_with(&format!("SCAN {name} "))
        });
        assert!(!table && !line.contains("SCAN factos_"), "{plan}");
    }
}

fn item(types: &[&'static str], tags: &[&str]) -> Result<QueryItem, Box<dyn Error>> {
    let mut item = QueryItem::new();
    for name in types {
        item = item.of_type(EventType::new(*name)?);
    }
    for tag in tags {
        item = item.tagged(Tag::parse(*tag)?);
    }
    Ok(item)
}

async fn read_plans(part: ReadPart) -> Result<Vec<String>, Box<dyn Error>> {
    let mut script = Script::default();
    Reading::ask(
        &mut script,
        0,
        (LOG, Position::new(7)),
        &ReadRequest::new([part]).with_key("k"),
    )?;
    plans(&script).await
}

const EVENT_BY_PLACE: &str = "SEARCH e USING INTEGER PRIMARY KEY (rowid=?)";
const TAG: &str = "SEARCH t USING PRIMARY KEY (tag=? AND place>? AND place<?)";
const OTHER_TAG: &str = "SEARCH o USING PRIMARY KEY (tag=? AND place=?)";
const COUNTED_TAG: &str = "SEARCH b USING PRIMARY KEY (tag=? AND place>? AND place<?)";
const TYPE: &str =
    "SEARCH e USING COVERING INDEX factos_events_type (type=? AND rowid>? AND rowid<?)";

#[tokio::test]
async fn head_and_key_are_found_by_primary_keys() -> TestResult {
    let plans = read_plans(ReadPart::query(Query::all())).await?;
    let [head, key, all] = plans.as_slice() else {
        return Err(format!("{plans:?}").into());
    };
    assert_eq!(
        head,
        "SEARCH e USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)\nSCALAR SUBQUERY 1\n\
         SEARCH s USING INTEGER PRIMARY KEY (rowid=?)\n"
    );
    assert_eq!(
        key.lines().collect::<Vec<_>>(),
        [
            "SEARCH k USING PRIMARY KEY (key=? AND log=?)",
            "SEARCH i USING PRIMARY KEY (id=? AND log=? AND kind=?)",
            "SEARCH e USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN",
        ]
    );
    assert_eq!(
        all,
        "SEARCH e USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)\n"
    );
    Ok(())
}

#[tokio::test]
async fn an_item_is_read_by_its_rarest_tag() -> TestResult {
    for backward in [false, true] {
        for (item, arms) in [
            (item(&[], &["a:1"])?, vec![TAG]),
            (item(&["A", "B", "C"], &["a:1"])?, vec![TAG]),
            (
                item(&["A"], &["a:1", "b:1", "c:1"])?,
                vec![TAG, COUNTED_TAG, OTHER_TAG],
            ),
            (item(&["A"], &[])?, vec![TYPE]),
        ] {
            let part = ReadPart::query(Query::from(item)).limit(3);
            let part = if backward { part.backward() } else { part };
            let plan = read_plans(part).await?.pop().ok_or("a plan")?;
            assert_indexed(&plan);
            for arm in arms.into_iter().chain([EVENT_BY_PLACE]) {
                assert!(plan.contains(arm), "{arm} is not in\n{plan}");
            }
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn alternatives_are_merged_in_order() -> TestResult {
    let items = [
        item(&["A", "B"], &[])?,
        item(&[], &["a:1"])?,
        item(&["C"], &["b:1"])?,
    ];
    let part = ReadPart::query(Query::new(items)).backward().limit(10);
    let plan = read_plans(part).await?.pop().ok_or("a plan")?;
    assert_indexed(&plan);
    assert_eq!(plan.matches("MERGE (UNION)").count(), 3, "{plan}");
    assert_eq!(
        (plan.matches(TYPE).count(), plan.matches(TAG).count()),
        (2, 2),
        "{plan}"
    );
    assert!(
        plan.contains(EVENT_BY_PLACE) && !plan.contains("TEMP B-TREE"),
        "{plan}"
    );
    Ok(())
}

#[tokio::test]
async fn a_stream_is_read_by_its_index() -> TestResult {
    for part in [
        ReadPart::stream(StreamName::new("s")?, 3),
        ReadPart::stream(StreamName::new("s")?, 0)
            .backward()
            .limit(1),
    ] {
        let plan = read_plans(part).await?.pop().ok_or("a plan")?;
        assert_eq!(
            plan,
            "SEARCH e USING INDEX factos_events_stream (stream=? AND log=? AND revision>? AND revision<?)\n\
             SCALAR SUBQUERY 1\nSEARCH i USING INTEGER PRIMARY KEY (rowid=?)\n"
        );
    }
    Ok(())
}

#[tokio::test]
async fn receipts_are_found_by_events_or_by_an_index_of_their_own() -> TestResult {
    let by_place = Receipts::Keyed {
        after: Position::START,
        to: Position::new(9),
    };
    let by_id = Receipts::WithoutEvents {
        after: Some(AppendId::new()),
        limit: 9,
    };
    for (receipts, searches) in [
        (
            by_place,
            [
                "SEARCH e USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
                "SEARCH i USING PRIMARY KEY (id=? AND log=? AND kind=?)",
                "SEARCH k USING PRIMARY KEY (key=? AND log=?) LEFT-JOIN",
            ],
        ),
        (
            by_id,
            [
                "SEARCH i USING INDEX factos_ids_without_events (log=? AND id>?)",
                "SEARCH e USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN",
                "SEARCH k USING PRIMARY KEY (key=? AND log=?) LEFT-JOIN",
            ],
        ),
    ] {
        let mut script = Script::default();
        let request = ReadRequest::default().with_receipts(receipts);
        Reading::ask(&mut script, 0, (LOG, Position::new(7)), &request)?;
        let plan = plans(&script).await?.pop().ok_or("a plan")?;
        assert_eq!(plan.lines().collect::<Vec<_>>(), searches);
    }
    Ok(())
}

#[tokio::test]
async fn the_questions_of_an_append_are_probes() -> TestResult {
    let event = NewEvent::new(EventType::new("A")?, Data::json("1")?);
    let guards = [
        Guard::new(
            Query::from(item(&["A", "B"], &["a:1", "b:1"])?),
            Position::START,
        ),
        Guard::new(Query::from(item(&["A", "B"], &[])?), Position::new(4)),
    ];
    let request =
        AppendRequest::append(vec![event], Timestamp::from_micros(0), &Limits::default())?
            .to_stream(StreamName::new("s")?, ExpectedRevision::Any)
            .with_key(IdempotencyKey::new("k", "c", [])?)
            .guarded(guards);
    let mut script = Script::default();
    Check::ask(
        &mut script,
        0,
        (LOG, Position::new(7)),
        &Group::single(request),
    );
    let plans = plans(&script).await?;
    for plan in &plans {
        assert_indexed(plan);
    }
    let [_, appends, keys, event_ids, streams, tagged, typed] = &plans[..] else {
        return Err(format!("{plans:?}").into());
    };
    let by_id = "SEARCH i USING PRIMARY KEY (id=? AND log=? AND kind=?)";
    assert!(appends.contains(by_id) && event_ids.contains(by_id));
    assert!(keys.contains("SEARCH k USING PRIMARY KEY (key=? AND log=?)") && keys.contains(by_id));
    let by_stream = "SEARCH e USING INDEX factos_events_stream (stream=? AND log=?)";
    assert!(streams.contains(by_stream), "{streams}");
    for search in [TAG, COUNTED_TAG, OTHER_TAG] {
        assert!(tagged.contains(search), "{search} is not in\n{tagged}");
    }
    assert!(typed.contains(TYPE), "{typed}");
    assert!(plans.iter().all(|plan| !plan.contains("TEMP B-TREE")));
    Ok(())
}

#[tokio::test]
async fn an_append_is_looked_up_by_its_id() -> TestResult {
    let mut script = Script::default();
    ask_append(&mut script, LOG, AppendId::new());
    let plan = plans(&script).await?.pop().ok_or("a plan")?;
    assert!(
        plan.starts_with("SEARCH i USING PRIMARY KEY (id=? AND log=? AND kind=?)\n"),
        "{plan}"
    );
    assert_indexed(&plan);
    Ok(())
}
