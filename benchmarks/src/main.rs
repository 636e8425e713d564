//! What factos costs on SQLite, beside the raw limit of the same database in the same run.
//!
//! `cargo run --release -p factos-benchmarks [-- --events N … --seconds S --runs R --json FILE]`

mod courses;
mod measure;
mod raw;
mod report;
mod sqlite;

use std::path::PathBuf;
use std::time::Duration;

use measure::Failure;
use report::Report;

/// What is measured, and how long.
struct Arguments {
    events: Vec<u64>,
    seconds: f64,
    runs: usize,
    json: Option<PathBuf>,
}

impl Arguments {
    fn parse() -> Result<Self, Failure> {
        let mut parsed = Self {
            events: Vec::new(),
            seconds: 2.0,
            runs: 5,
            json: None,
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            let value = arguments
                .next()
                .ok_or_else(|| format!("{name} takes a value"))?;
            match name.as_str() {
                "--events" => parsed.events.push(value.parse()?),
                "--seconds" => parsed.seconds = value.parse()?,
                "--runs" => parsed.runs = value.parse()?,
                "--json" => parsed.json = Some(value.into()),
                _ => {
                    return Err(
                        format!("{name} is unknown: --events, --seconds, --runs, --json").into(),
                    );
                }
            }
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
    let mut report = Report::default();
    for events in arguments.events {
        sqlite::measure(
            events,
            arguments.runs,
            Duration::from_secs_f64(arguments.seconds),
            &mut report,
        )
        .await?;
    }
    report.print();
    if let Some(file) = arguments.json {
        std::fs::write(file, serde_json::to_string_pretty(&report)?)?;
    }
    Ok(())
}
