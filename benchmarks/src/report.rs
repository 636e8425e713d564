//! Collects the figures and prints them.

use serde::Serialize;

use crate::measure::{Run, median};

/// All figures of one run of the program.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    rows: Vec<Row>,
    sizes: Vec<Size>,
}

#[derive(Debug, Serialize)]
struct Size {
    setting: String,
    bytes_per_event: u64,
    journal_bytes_per_event: u64,
}

#[derive(Debug, Serialize)]
struct Row {
    setting: String,
    operation: String,
    median: Run,
    /// The median of the ratios to the raw limit, run by run.
    of_raw: f64,
    runs: Vec<Run>,
}

impl Report {
    /// Adds what was measured, run by run, beside the limit of the same run.
    pub fn add(&mut self, setting: &str, operation: &str, runs: Vec<Run>, raw: &[Run]) {
        let ratios = runs
            .iter()
            .zip(raw)
            .map(|(run, raw)| run.per_second / raw.per_second)
            .collect();
        let row = Row {
            setting: setting.into(),
            operation: operation.into(),
            median: Run::median(&runs),
            of_raw: median(ratios),
            runs,
        };
        eprint_row(&row);
        self.rows.push(row);
    }

    /// Adds how many bytes events take in tables and indexes, and how many were written to the journal for them.
    pub fn size(&mut self, setting: &str, events: u64, bytes: u64, journal: u64) {
        self.sizes.push(Size {
            setting: setting.into(),
            bytes_per_event: bytes / events,
            journal_bytes_per_event: journal / events,
        });
    }

    /// Prints the tables.
    #[expect(clippy::print_stdout, reason = "it is what the program is for")]
    pub fn print(&self) {
        println!("| setting | operation | a second | of raw | p50 µs | p99 µs |");
        println!("|---|---|---:|---:|---:|---:|");
        for Row {
            setting,
            operation,
            median,
            of_raw,
            ..
        } in &self.rows
        {
            let Run {
                per_second,
                p50_us,
                p99_us,
            } = median;
            println!(
                "| {setting} | {operation} | {per_second:.0} | {of_raw:.2} | {p50_us} | {p99_us} |"
            );
        }
        for size in &self.sizes {
            let Size {
                setting,
                bytes_per_event,
                journal_bytes_per_event,
            } = size;
            println!(
                "{setting}: {bytes_per_event} bytes an event, and {journal_bytes_per_event} in the journal"
            );
        }
    }
}

#[expect(clippy::print_stderr, reason = "it shows that something is going on")]
fn eprint_row(row: &Row) {
    eprintln!(
        "{}, {}: {:.0} a second, {:.2} of raw",
        row.setting, row.operation, row.median.per_second, row.of_raw
    );
}
