//! What factos costs on SQLite and PostgreSQL, beside the raw limits of the same database in the same run.
//!
//! ```sh
//! cargo run --release -p factos-benchmarks -- --workload dispatch --database postgres --seconds 1 --runs 5
//! ```
//!
//! | argument | what it says |
//! |---|---|
//! | `--workload appends`, `dispatch`, `follow` | what the log is asked to do; everything if nothing is said |
//! | `--database sqlite`, `postgres` | where it is; both if nothing is said |
//! | `--seconds 2`, `--runs 5` | how long each operation takes in each run, and how many runs there are |
//! | `--events 10000` | the history beside which appends are measured, or that is followed; may be said several times |
//! | `--only TEXT` | only the dispatches, or what follows, with the text in their names |
//! | `--scale full`, `quick` | the histories of the dispatches; with `quick` the figures say nothing |
//! | `--json FILE`, `--markdown FILE`, `--svg FILE` | where the figures go, besides the standard output |

mod appends;
mod arguments;
mod bar;
mod courses;
mod dispatch;
mod figures;
mod follow;
mod history;
mod job;
mod machine;
mod measure;
mod memory;
mod moment;
mod number;
mod proc_file;
mod raw;
mod report;
mod server;
mod signals;
mod sizes;
mod target;
mod turns;
mod unique;
mod work;
mod worker;

use std::path::PathBuf;

use arguments::{Arguments, Database, Workload};
use follow::{Postgres, Sqlite};
use measure::Failure;
use report::Report;
use target::{Durability, Target};

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let arguments = Arguments::parse(words.clone())?;
    if arguments.is_worker {
        return worker::work().await;
    }
    let mut report = Report::new(words);
    for workload in &arguments.workloads {
        for database in &arguments.databases {
            match workload {
                Workload::Appends => appends(*database, &arguments, &mut report).await?,
                Workload::Dispatch => dispatch(*database, &arguments, &mut report).await?,
                Workload::Follow => follow(*database, &arguments, &mut report).await?,
            }
        }
    }
    write(&report, &arguments)
}

async fn appends(
    database: Database,
    arguments: &Arguments,
    report: &mut Report,
) -> Result<(), Failure> {
    let (runs, duration) = (arguments.extent.runs, arguments.extent.duration);
    for events in arguments.histories(Workload::Appends) {
        match database {
            Database::Sqlite => appends::sqlite::measure(events, runs, duration, report).await?,
            Database::Postgres => {
                let server = server::start()?;
                let url = server.database();
                appends::postgres::measure(&url, events, runs, duration, report).await?;
            }
        }
    }
    Ok(())
}

async fn dispatch(
    database: Database,
    arguments: &Arguments,
    report: &mut Report,
) -> Result<(), Failure> {
    let Arguments { scale, extent, .. } = arguments;
    match database {
        Database::Sqlite => {
            for durability in [Durability::Full, Durability::Normal] {
                let directory = tempfile::tempdir_in(".")?;
                let file = directory.path().join("log.db");
                let target = Target::Sqlite { file, durability };
                dispatch::measure(&target, scale, extent, report).await?;
            }
        }
        Database::Postgres => {
            let server = server::start()?;
            let url = server.database();
            let target = Target::Postgres { url };
            dispatch::measure(&target, scale, extent, report).await?;
        }
    }
    Ok(())
}

async fn follow(
    database: Database,
    arguments: &Arguments,
    report: &mut Report,
) -> Result<(), Failure> {
    for events in arguments.histories(Workload::Follow) {
        match database {
            Database::Sqlite => {
                let directory = tempfile::tempdir_in(".")?;
                let file = directory.path().join("log.db");
                let durability = Durability::Full;
                let target = Target::Sqlite { file, durability };
                follow::measure::<Sqlite>(&target, events, &arguments.extent, report).await?;
            }
            Database::Postgres => {
                let server = server::start()?;
                let url = server.database();
                let target = Target::Postgres { url };
                follow::measure::<Postgres>(&target, events, &arguments.extent, report).await?;
            }
        }
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "it is what the program is for")]
fn write(report: &Report, arguments: &Arguments) -> Result<(), Failure> {
    print!("{report}");
    let to = |file: &Option<PathBuf>, text: String| match file {
        Some(file) => std::fs::write(file, text),
        None => Ok(()),
    };
    to(&arguments.json, serde_json::to_string_pretty(report)?)?;
    to(&arguments.markdown, report.to_string())?;
    to(&arguments.svg, report.svg()?)?;
    Ok(())
}
