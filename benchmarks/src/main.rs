//! What factos costs on SQLite and PostgreSQL, beside the raw limits of the same database in the same run.
//!
//! `cargo run --release -p factos-benchmarks [-- --database sqlite|postgres --events N … --seconds S --runs R --json FILE]`

mod courses;
mod measure;
mod postgres;
mod raw;
mod report;
mod sqlite;
mod workload;

use std::path::PathBuf;
use std::time::Duration;

use measure::Failure;
use report::Report;

/// What is measured, and how long.
struct Arguments {
    databases: Vec<String>,
    events: Vec<u64>,
    seconds: f64,
    runs: usize,
    json: Option<PathBuf>,
    /// Given by this program to its own processes: the URL of the log to append to.
    worker: Option<String>,
}

impl Arguments {
    fn parse() -> Result<Self, Failure> {
        let mut parsed = Self {
            databases: Vec::new(),
            events: Vec::new(),
            seconds: 2.0,
            runs: 5,
            json: None,
            worker: None,
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            let value = arguments
                .next()
                .ok_or_else(|| format!("{name} takes a value"))?;
            match name.as_str() {
                "--database" => parsed.databases.push(value),
                "--events" => parsed.events.push(value.parse()?),
                "--seconds" => parsed.seconds = value.parse()?,
                "--runs" => parsed.runs = value.parse()?,
                "--json" => parsed.json = Some(value.into()),
                "--worker" => parsed.worker = Some(value),
                _ => {
                    let known = "--database, --events, --seconds, --runs, --json";
                    return Err(format!("{name} is unknown: {known}").into());
                }
            }
        }
        if parsed.databases.is_empty() {
            parsed.databases = vec!["sqlite".into(), "postgres".into()];
        }
        if parsed.events.is_empty() {
            parsed.events = vec![10_000, 1_000_000];
        }
        Ok(parsed)
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse()?;
    let duration = Duration::from_secs_f64(arguments.seconds);
    if let Some(url) = &arguments.worker {
        let run = postgres::work(url, arguments.runs, duration).await?;
        serde_json::to_writer(std::io::stdout(), &run)?;
        return Ok(());
    }
    let mut report = Report::default();
    for database in &arguments.databases {
        for events in &arguments.events {
            match database.as_str() {
                "sqlite" => sqlite::measure(*events, arguments.runs, duration, &mut report).await?,
                "postgres" => {
                    let server = postgres::server()?;
                    let url = server.database();
                    postgres::measure(&url, *events, arguments.runs, duration, &mut report).await?;
                }
                other => return Err(format!("{other} is unknown: sqlite, postgres").into()),
            }
        }
    }
    report.print();
    if let Some(file) = arguments.json {
        std::fs::write(file, serde_json::to_string_pretty(&report)?)?;
    }
    Ok(())
}
