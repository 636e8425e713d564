//! Copies a log from any store to any other: the way from SQLite to PostgreSQL.
//!
//! `cargo run --example copy -- sqlite:app.db postgres://user@host/database`. Stop it whenever you like; run again, it
//! carries on. See `docs/growing.md` for how to move an application that is in use.

use std::error::Error;
use std::io::IsTerminal;
use std::process::ExitCode;

use factos::{Copied, CopyError, CopyProgress, CopyStep, EventLog};
use indicatif::{ProgressBar, ProgressStyle};

/// What is shown while a log is copied.
pub struct Display {
    /// On a terminal; elsewhere there is a line for each tenth of a step.
    bar: Option<ProgressBar>,
    shown: Option<(CopyStep, u64)>,
}

impl Display {
    pub fn new(is_terminal: bool) -> Self {
        let template = "{msg:16} {wide_bar} {human_pos} of {human_len}, {eta} left";
        let style = ProgressStyle::with_template(template);
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = is_terminal.then(|| ProgressBar::no_length().with_style(style));
        Self { bar, shown: None }
    }

    pub fn show(&mut self, progress: CopyProgress) {
        let (step, done) = (progress.step, progress.done);
        let title = match step {
            CopyStep::Receipts => "copying receipts",
            CopyStep::Verify => "comparing",
            _ => "copying events",
        };
        let total = progress.total.unwrap_or(done);
        let tenths = (done * 10).checked_div(total).unwrap_or(10);
        let before = self.shown.replace((step, tenths));
        if let Some(bar) = &self.bar {
            bar.set_message(title);
            bar.update(|state| {
                state.set_pos(done);
                state.set_len(total);
            });
            if before.is_none_or(|(shown, _)| shown != step) {
                // What an earlier run did says nothing about this one's speed.
                bar.reset_eta();
            }
        } else if before != self.shown && total > 0 {
            eprintln!("{title}: {done} of {total}");
        }
    }
}

/// Copies all that is there, and compares both logs in the end.
pub async fn copy(
    source: &EventLog,
    target: &EventLog,
    mut display: Display,
) -> Result<Copied, CopyError> {
    let show = move |progress| display.show(progress);
    source.copy_to(target).progress(show).verify().await
}

async fn run(from: &str, to: &str) -> Result<(), Box<dyn Error>> {
    let source = factos::open(from).await?;
    if source.head().await?.get() == 0 {
        return Err("there is no event in the log to be copied: is its name right?".into());
    }
    let target = factos::open(to).await?;
    let display = Display::new(std::io::stderr().is_terminal());
    let copied = copy(&source, &target, display).await?;
    println!(
        "copied {} event(s) and {} receipt(s) without events; both logs hold the same {} event(s) now",
        copied.events, copied.receipts, copied.head
    );
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [from, to] = arguments.as_slice() else {
        eprintln!("usage: copy FROM TO, such as: copy sqlite:app.db postgres://user@host/database");
        return ExitCode::from(2);
    };
    let Err(error) = run(from, to).await else {
        return ExitCode::SUCCESS;
    };
    eprint!("{error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        eprint!(": {error}");
        cause = error.source();
    }
    eprintln!();
    ExitCode::FAILURE
}
