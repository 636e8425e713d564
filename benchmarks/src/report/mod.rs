//! Collects the figures; tables, picture and JSON are made of them.

mod markdown;
mod plot;
mod row;

use serde::Serialize;

pub use row::{Limit, Row};

use crate::figures::Run;
use crate::machine::Machine;
use crate::sizes::Sizes;

/// All figures of one run of the program.
#[derive(Debug, Serialize)]
pub struct Report {
    machine: Machine,
    /// The arguments of the program.
    arguments: Vec<String>,
    versions: Vec<Version>,
    rows: Vec<Row>,
    sizes: Vec<Size>,
    memory: Vec<Memory>,
}

#[derive(Debug, Serialize)]
struct Version {
    setting: String,
    version: String,
}

#[derive(Debug, Serialize)]
struct Size {
    setting: String,
    bytes_per_event: u64,
    journal_bytes_per_event: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Memory {
    setting: String,
    operation: String,
    peak_bytes: Option<u64>,
}

impl Report {
    /// An empty one, of this machine.
    pub fn new(arguments: Vec<String>) -> Self {
        Self {
            machine: Machine::here(),
            arguments,
            versions: Vec::new(),
            rows: Vec::new(),
            sizes: Vec::new(),
            memory: Vec::new(),
        }
    }

    /// Adds a line, and shows it.
    pub fn add(&mut self, row: Row) {
        eprint_row(&row);
        self.rows.push(row);
    }

    /// Adds what was measured, run by run, beside the limit of the same run.
    pub fn beside_raw(&mut self, setting: &str, operation: &str, runs: Vec<Run>, raw: &[Run]) {
        let raw = Some(Limit::new(&"raw", raw));
        self.add(Row::new(setting, &operation, runs, raw, None));
    }

    /// Adds the program that the setting's figures are about.
    pub fn version(&mut self, setting: &str, version: String) {
        let setting = setting.into();
        self.versions.push(Version { setting, version });
    }

    /// Adds how many bytes events take in tables and indexes, and how many were written to the journal for them.
    pub fn size(&mut self, setting: &str, events: u64, sizes: Sizes) {
        self.sizes.push(Size {
            setting: setting.into(),
            bytes_per_event: sizes.tables / events,
            journal_bytes_per_event: sizes.journal.map(|journal| journal / events),
        });
    }

    /// Adds how much memory a process took that did nothing else.
    pub fn memory(&mut self, setting: &str, operation: &str, peak_bytes: Option<u64>) {
        self.memory.push(Memory {
            setting: setting.into(),
            operation: operation.into(),
            peak_bytes,
        });
    }

    /// The settings that have lines, in order.
    fn settings(&self) -> Vec<&str> {
        let mut settings: Vec<&str> = Vec::new();
        for row in &self.rows {
            if !settings.contains(&row.setting.as_str()) {
                settings.push(&row.setting);
            }
        }
        settings
    }

    fn rows_of<'a>(&'a self, setting: &'a str) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().filter(move |row| row.setting == setting)
    }
}

#[expect(clippy::print_stderr, reason = "it shows that something is going on")]
fn eprint_row(row: &Row) {
    let Row {
        setting,
        operation,
        median,
        ..
    } = row;
    let per_second = median.per_second;
    match &row.compared {
        Some(compared) => eprintln!(
            "{setting}, {operation}: {per_second:.0} a second, {:.2} of {}",
            compared.ratio, compared.with
        ),
        None => eprintln!("{setting}, {operation}: {per_second:.0} a second"),
    }
}
