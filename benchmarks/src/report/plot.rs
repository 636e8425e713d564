//! The ratios as a picture: a bar for each operation that is compared with another one, and a mark where it must reach.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{Report, Row};
use crate::bar::Bar;
use crate::measure::Failure;

const WIDTH: u32 = 1_000;
/// Of one line, in pixels.
const LINE: u32 = 24;
/// Of a setting's name and the scale below its bars.
const AROUND: u32 = 70;
/// Left of the bars, for the operations.
const NAMES: u32 = 330;
/// No bar is longer: one that is cut says its ratio like the others.
const LONGEST: f64 = 4.0;
/// Right of the bars, for their figures.
const FIGURES: u32 = 110;

const FONT: &str = "sans-serif";
const PLAIN: RGBColor = RGBColor(120, 144, 172);
const MET: RGBColor = RGBColor(76, 145, 86);
const MISSED: RGBColor = RGBColor(192, 84, 60);

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

impl Report {
    /// The picture, as SVG. Its text needs no font here: whoever shows it brings one.
    ///
    /// # Errors
    /// When it cannot be drawn.
    pub fn svg(&self) -> Result<String, Failure> {
        let panels: Vec<(&str, Vec<&Row>)> = self
            .settings()
            .into_iter()
            .map(|setting| (setting, self.compared(setting)))
            .filter(|(_, rows)| !rows.is_empty())
            .collect();
        let heights = panels.iter().map(|(_, rows)| height(rows));
        let breaks = heights.scan(0, |top, height| {
            *top += height;
            i32::try_from(*top).ok()
        });
        let breaks: Vec<i32> = breaks.collect();
        let total = breaks.last().copied().unwrap_or_default().max(1);
        let mut svg = String::new();
        let root = SVGBackend::with_string(&mut svg, (WIDTH, total.unsigned_abs()));
        let root = root.into_drawing_area();
        root.fill(&WHITE)?;
        for ((setting, rows), area) in panels
            .iter()
            .zip(root.split_by_breakpoints([0; 0], &breaks))
        {
            draw(&area, setting, rows)?;
        }
        root.present()?;
        drop(root);
        Ok(svg)
    }

    fn compared<'a>(&'a self, setting: &'a str) -> Vec<&'a Row> {
        self.rows_of(setting)
            .filter(|row| row.compared.is_some())
            .collect()
    }
}

fn height(rows: &[&Row]) -> u32 {
    u32::try_from(rows.len()).unwrap_or(u32::MAX / LINE) * LINE + AROUND
}

/// One setting's bars, the first operation at the top.
fn draw(area: &Area<'_>, setting: &str, rows: &[&Row]) -> Result<(), Failure> {
    let longest = rows
        .iter()
        .map(|row| ratio(row).min(LONGEST).max(mark(row).unwrap_or(0.0)));
    let longest = longest.fold(1.0, f64::max);
    #[expect(clippy::cast_precision_loss, reason = "a few lines")]
    let lines = rows.len() as f64;
    let mut chart = ChartBuilder::on(area)
        .caption(setting, (FONT, 20))
        .margin(6)
        .margin_right(FIGURES)
        .x_label_area_size(24)
        .y_label_area_size(NAMES)
        .build_cartesian_2d(0.0..longest, lines..0.0)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .max_light_lines(0)
        .y_labels(0)
        .x_label_style((FONT, 14))
        .x_label_formatter(&|ratio| format!("{ratio:.1}"))
        .draw()?;
    let text = |horizontal| {
        let style = TextStyle::from((FONT, 15).into_font());
        style.pos(Pos::new(horizontal, VPos::Center))
    };
    for (row, top) in rows.iter().zip((0_u32..).map(f64::from)) {
        let (end, middle) = (ratio(row).min(longest), top + 0.5);
        let bar = Rectangle::new([(0.0, top + 0.15), (end, top + 0.85)], colour(row).filled());
        let name = EmptyElement::at((0.0, middle))
            + Text::new(row.operation.clone(), (-8, 0), text(HPos::Right));
        let figure =
            EmptyElement::at((end, middle)) + Text::new(figure(row), (6, 0), text(HPos::Left));
        chart.plotting_area().draw(&bar)?;
        chart.plotting_area().draw(&name)?;
        if let Some(mark) = mark(row) {
            let mark = [(mark, top + 0.05), (mark, top + 0.95)];
            let mark = PathElement::new(mark, BLACK.stroke_width(2));
            chart.plotting_area().draw(&mark)?;
        }
        chart.plotting_area().draw(&figure)?;
    }
    Ok(())
}

/// As long as the bar is; nothing where a ratio is not a number.
fn ratio(row: &Row) -> f64 {
    let ratio = row.compared.as_ref().map(|compared| compared.ratio);
    ratio.filter(|ratio| ratio.is_finite()).unwrap_or(0.0)
}

/// The ratio that it must reach.
fn mark(row: &Row) -> Option<f64> {
    match row.bar {
        Some(Bar::Ratio(least)) => Some(least),
        Some(Bar::Within(_) | Bar::NearlyAllWithin(_) | Bar::PerSecond(_)) | None => None,
    }
}

fn colour(row: &Row) -> RGBColor {
    match row.is_met {
        None => PLAIN,
        Some(true) => MET,
        Some(false) => MISSED,
    }
}

/// The ratio, and what else the bar does not show.
fn figure(row: &Row) -> String {
    let ratio = ratio(row);
    match row.bar {
        Some(within @ Bar::Within(_)) => format!("{ratio:.2} ({within})"),
        _ => format!("{ratio:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::Limit;
    use super::*;
    use crate::figures::Run;

    fn report() -> Report {
        let run = |per_second| Run {
            per_second,
            p50_us: 200_000,
            p99_us: 300_000,
        };
        let raw = [run(100.0)];
        let mut report = Report::new(Vec::new());
        report.add(Row::new("Here", &"raw", raw.to_vec(), None, None));
        for (operation, per_second, bar) in [
            ("fast & good", 80.0, Some(Bar::Ratio(0.6))),
            ("slow", 40.0, Some(Bar::Ratio(0.6))),
            ("late", 10.0, Some(Bar::Within(Duration::from_millis(150)))),
            ("other", 70.0, None),
        ] {
            let limit = Some(Limit::new(&"raw", &raw));
            report.add(Row::new(
                "Here",
                &operation,
                vec![run(per_second)],
                limit,
                bar,
            ));
        }
        report
    }

    #[test]
    fn each_compared_operation_has_a_bar_in_the_colour_of_its_verdict() {
        let svg = report().svg().unwrap();
        let count = |text: &str| svg.matches(text).count();
        assert_eq!(
            (count("#4C9156"), count("#C0543C"), count("#7890AC")),
            (1, 2, 1),
            "{svg}"
        );
        for text in [
            "Here",
            "fast &amp; good",
            "slow",
            "late",
            "0.10 (p50 &lt; 150 ms)",
            "0.70",
        ] {
            assert!(svg.contains(text), "{text} is missing in\n{svg}");
        }
        assert!(!svg.contains("\nraw\n"), "a limit has no bar of its own");
    }

    #[test]
    fn a_report_without_rows_is_an_empty_picture() {
        let svg = Report::new(Vec::new()).svg().unwrap();
        assert!(
            svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"),
            "{svg}"
        );
    }
}
