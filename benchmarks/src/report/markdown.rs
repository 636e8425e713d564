//! The tables as Markdown, as `docs/performance.md` has them.

use std::fmt::{self, Display, Formatter};

use super::{Report, Row};
use crate::number::Thousands;

/// The report as Markdown.
impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}.", self.machine)?;
        let arguments = self.arguments.join(" ");
        writeln!(
            f,
            "`cargo run --release -p factos-benchmarks -- {arguments}`"
        )?;
        for setting in self.settings() {
            let version = self
                .versions
                .iter()
                .find(|version| version.setting == setting);
            let version =
                version.map_or(String::new(), |version| format!(" ({})", version.version));
            writeln!(f, "\n**{setting}**{version}\n")?;
            writeln!(
                f,
                "| operation | a second | p50 ms | p99 ms | ratio | to | bar | met |"
            )?;
            writeln!(f, "|---|---:|---:|---:|---:|---|---|---|")?;
            self.rows_of(setting)
                .try_for_each(|row| writeln!(f, "{}", Line(row)))?;
        }
        self.takes(f)
    }
}

impl Report {
    /// Bytes on disk and in memory.
    fn takes(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if !self.sizes.is_empty() {
            writeln!(
                f,
                "\n| W7 bytes an event | tables and indexes | journal |\n|---|---:|---:|"
            )?;
        }
        for size in &self.sizes {
            let journal = Known(size.journal_bytes_per_event);
            let tables = Thousands(size.bytes_per_event);
            writeln!(f, "| {} | {tables} | {journal} |", size.setting)?;
        }
        if !self.memory.is_empty() {
            writeln!(
                f,
                "\n| W7 memory of a process, at most unless it says when | | MiB |\n|---|---|---:|"
            )?;
        }
        for memory in &self.memory {
            let mebibytes = Known(memory.peak_bytes.map(|bytes| bytes >> 20));
            writeln!(
                f,
                "| {} | {} | {mebibytes} |",
                memory.setting, memory.operation
            )?;
        }
        Ok(())
    }
}

struct Line<'a>(&'a Row);

impl Display for Line<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Row {
            operation,
            median,
            compared,
            bar,
            is_met,
            ..
        } = self.0;
        let (p50, p99) = (Milliseconds(median.p50_us), Milliseconds(median.p99_us));
        let per_second = Rate(median.per_second);
        write!(f, "| {operation} | {per_second} | {p50} | {p99} |")?;
        match compared {
            Some(compared) => write!(f, " {:.2} | {} |", compared.ratio, compared.with)?,
            None => f.write_str(" | |")?,
        }
        match (bar, is_met) {
            (Some(bar), Some(is_met)) => {
                write!(f, " {bar} | {} |", if *is_met { "yes" } else { "**no**" })
            }
            _ => f.write_str(" | |"),
        }
    }
}

/// Operations a second, with a decimal where there are few.
struct Rate(f64);

impl Display for Rate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.0 < 100.0 {
            return write!(f, "{:.1}", self.0);
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rate below 2^53, rounded"
        )]
        Thousands(self.0.round() as u64).fmt(f)
    }
}

/// Microseconds, written as milliseconds with at most two decimals.
struct Milliseconds(u64);

impl Display for Milliseconds {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        #[expect(clippy::cast_precision_loss, reason = "microseconds of one operation")]
        let milliseconds = self.0 as f64 / 1_000.0;
        let decimals = if self.0 < 10_000 { 2 } else { 0 };
        write!(f, "{milliseconds:.decimals$}")
    }
}

/// A figure that some systems do not tell.
struct Known(Option<u64>);

impl Display for Known {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(figure) => Thousands(figure).fmt(f),
            None => f.write_str("–"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Limit, Sizes};
    use super::*;
    use crate::bar::Bar;
    use crate::figures::Run;

    fn runs(per_second: f64, p50_us: u64) -> Vec<Run> {
        let p99_us = 10 * p50_us;
        vec![Run {
            per_second,
            p50_us,
            p99_us,
        }]
    }

    #[test]
    fn a_line_says_the_figures_the_limit_and_the_verdict() {
        let raw = runs(4_000.0, 250);
        let row = |bar| {
            let limit = Some(Limit::new(&"raw insert", &raw));
            Row::new("here", &"W1", runs(2_400.4, 1_234), limit, Some(bar))
        };
        assert_eq!(
            Line(&row(Bar::Ratio(0.6))).to_string(),
            "| W1 | 2,400 | 1.23 | 12 | 0.60 | raw insert | ≥ 0.6 | yes |"
        );
        assert_eq!(
            Line(&row(Bar::Ratio(0.7))).to_string(),
            "| W1 | 2,400 | 1.23 | 12 | 0.60 | raw insert | ≥ 0.7 | **no** |"
        );
        let limit = Row::new("here", &"raw insert", raw.clone(), None, None);
        assert_eq!(
            Line(&limit).to_string(),
            "| raw insert | 4,000 | 0.25 | 2.50 | | | | |"
        );
    }

    #[test]
    fn slow_operations_keep_a_decimal() {
        assert_eq!(Rate(6.66).to_string(), "6.7");
        assert_eq!(Rate(12_345.6).to_string(), "12,346");
    }

    #[test]
    fn each_setting_has_its_table_and_what_it_takes() {
        let mut report = Report::new(vec!["--runs".into(), "1".into()]);
        for setting in ["SQLite", "PostgreSQL"] {
            report.add(Row::new(setting, &"raw", runs(1.0, 1), None, None));
        }
        report.version("SQLite", "SQLite 3.50".into());
        let sizes = Sizes {
            tables: 70_000,
            journal: None,
        };
        report.size("SQLite", 100, sizes);
        report.memory("SQLite", "W1", Some(5 << 20));
        let text = report.to_string();
        for part in [
            "factos-benchmarks -- --runs 1`",
            "**SQLite** (SQLite 3.50)\n\n| operation |",
            "**PostgreSQL**\n\n| operation |",
            "| SQLite | 700 | – |",
            "| SQLite | W1 | 5 |",
        ] {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
    }
}
