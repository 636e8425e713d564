//! Every workload runs, on both databases, and leaves the files that it is asked for.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// Runs the program with tiny histories and hardly any time; the files are in the directory that it returns.
fn measure(workload: &str, database: &str) -> (TempDir, Value) {
    let directory = TempDir::new().expect("a directory");
    let file = |name: &str| directory.path().join(name);
    let output = Command::new(env!("CARGO_BIN_EXE_factos-benchmarks"))
        .args(["--workload", workload, "--database", database])
        .args(["--scale", "quick", "--events", "1100"])
        .args(["--seconds", "0.01", "--runs", "1"])
        .arg("--json")
        .arg(file("figures.json"))
        .arg("--markdown")
        .arg(file("figures.md"))
        .arg("--svg")
        .arg(file("figures.svg"))
        // A PostgreSQL server makes its files here, as another user if it is started by root.
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .output()
        .expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let json = serde_json::from_str(&text(&file("figures.json"))).expect("JSON");
    (directory, json)
}

fn text(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn list<'a>(json: &'a Value, name: &str) -> &'a [Value] {
    let list = json[name].as_array();
    list.unwrap_or_else(|| panic!("{name} is no list in {json}"))
}

/// The lines of a setting, each with figures that something was measured for.
fn operations(json: &Value, setting: &str) -> Vec<String> {
    let rows = list(json, "rows");
    let of_setting = rows.iter().filter(|row| row["setting"] == setting);
    of_setting
        .map(|row| {
            let operation = row["operation"].as_str().expect("a name");
            let median = &row["median"];
            assert!(median["per_second"].as_f64() > Some(0.0), "{row}");
            assert!(
                median["p50_us"].as_u64() <= median["p99_us"].as_u64(),
                "{row}"
            );
            assert_eq!(list(row, "runs").len(), 1, "{row}");
            assert_eq!(row["bar"].is_null(), row["is_met"].is_null(), "{row}");
            operation.to_owned()
        })
        .collect()
}

const DISPATCHES: [&str; 22] = [
    "raw insert, 1 connection",
    "W1 all courses, 1 client",
    "W4 a course with 30 subscriptions, warm",
    "W4 a course with 30 subscriptions, cold",
    "W4 a course with 60 subscriptions, warm",
    "W4 a course with 60 subscriptions, cold",
    "W6 append of 1 event",
    "W6 append of 10 events",
    "W6 append of 1,000 events",
    "W3 one course, 1 client",
    "raw insert, 16 connections",
    "W2 all courses, 16 clients",
    "W3 one course, 16 clients",
    "W2 all courses, 64 clients",
    "W3 one course, 64 clients",
    "W2 all courses, 2 processes of 8 clients",
    "W3 one course, 2 processes of 8 clients",
    "rejections by a full course, 1 client",
    "rejections by a full course, 16 clients",
    "raw read of 300 rows (rows)",
    "W5 typed replay of 300 events (events)",
    "typed replay of 300 events by type (events)",
];

fn dispatches_are_measured(database: &str, settings: &[&str]) {
    let (directory, json) = measure("dispatch", database);
    let markdown = text(&directory.path().join("figures.md"));
    let svg = text(&directory.path().join("figures.svg"));
    for setting in settings {
        assert_eq!(operations(&json, setting), DISPATCHES);
        assert!(svg.contains(setting), "{setting} is missing in {svg}");
        let heading = format!("\n**{setting}** (");
        assert!(
            markdown.contains(&heading),
            "{heading} is missing in {markdown}"
        );
    }
    for operation in DISPATCHES {
        let line = format!("\n| {operation} | ");
        assert_eq!(markdown.matches(&line).count(), settings.len(), "{line}");
        // A limit is compared with nothing, and has no bar.
        let bars = svg.matches(operation).count();
        let expected = if operation.starts_with("raw") {
            0
        } else {
            settings.len()
        };
        assert_eq!(bars, expected, "{operation} in {svg}");
    }
    assert_eq!(list(&json, "sizes").len(), settings.len());
    let memory = list(&json, "memory");
    assert_eq!(memory.len(), 2 * settings.len());
    if cfg!(target_os = "linux") {
        assert!(
            memory
                .iter()
                .all(|peak| peak["peak_bytes"].as_u64() > Some(1 << 20)),
            "{json}"
        );
    }
}

#[test]
fn dispatches_are_measured_on_sqlite() {
    dispatches_are_measured("sqlite", &["SQLite, FULL", "SQLite, NORMAL"]);
}

#[test]
fn dispatches_are_measured_on_postgres() {
    dispatches_are_measured("postgres", &["PostgreSQL"]);
}

#[test]
fn appends_are_measured_on_sqlite() {
    let (_directory, json) = measure("appends", "sqlite");
    for target in ["SQLite, FULL", "SQLite, NORMAL"] {
        for clients in [1, 16] {
            let setting = format!("{target}, 1100 events, {clients} client(s)");
            let measured = operations(&json, &setting);
            assert_eq!(measured, ["raw insert", "append", "dispatch on 4 facts"]);
        }
    }
    assert_eq!(operations(&json, "SQLite, 1100 events, 1 client").len(), 2);
}

#[test]
fn appends_are_measured_on_postgres() {
    let (_directory, json) = measure("appends", "postgres");
    let measured = operations(&json, "PostgreSQL, 1100 events");
    assert_eq!(measured.len(), 18, "{measured:?}");
    assert!(measured.contains(&"append, 2 processes of 8 clients".to_owned()));
}

/// What follows a log is measured, with figures of so many operations, and the memory of a rebuild.
fn following_is_measured(database: &str, setting: &str, operations_measured: usize) {
    let (_directory, json) = measure("follow", database);
    let measured = operations(&json, setting);
    assert_eq!(measured.len(), operations_measured, "{measured:?}");
    for operation in [
        "F1 catch-up, rows of a slice (events)",
        "F2 rebuild as version 2 until it is live (events)",
        "F3 delivery to a subscription, 2 processes, at full load",
        "F3 append and wait for a projection, 2 processes, 200 a second",
        "F4 takeover from a process that is killed",
    ] {
        assert!(measured.contains(&operation.to_owned()), "{operation}");
    }
    assert_eq!(list(&json, "memory").len(), 3);
}

#[test]
fn following_is_measured_on_sqlite() {
    following_is_measured("sqlite", "SQLite, FULL, following 1,100 events", 20);
}

#[test]
fn following_is_measured_on_postgres() {
    following_is_measured("postgres", "PostgreSQL, following 1,100 events", 24);
}

#[test]
fn an_unknown_word_is_refused() {
    let output = Command::new(env!("CARGO_BIN_EXE_factos-benchmarks"))
        .args(["--colour", "red"])
        .output()
        .expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && said.contains("--colour red"),
        "{said}"
    );
}
