//! What the command line says.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::dispatch::Scale;
use crate::measure::Failure;
use crate::turns::Extent;

const KNOWN: &str = "--workload, --database, --events, --scale, --seconds, --runs, --only, --json, --markdown, --svg";

/// What is measured, and how long.
#[derive(Debug, Clone, PartialEq)]
pub struct Arguments {
    pub workloads: Vec<Workload>,
    pub databases: Vec<Database>,
    /// The histories beside which appends are measured, and those that are followed; see [`Arguments::histories`].
    pub events: Vec<u64>,
    /// How large the histories of the dispatches are.
    pub scale: Scale,
    pub extent: Extent,
    pub json: Option<PathBuf>,
    pub markdown: Option<PathBuf>,
    pub svg: Option<PathBuf>,
    /// Given by this program to its own processes: the job comes on the standard input.
    pub is_worker: bool,
}

/// What the log is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workload {
    Appends,
    Dispatch,
    Follow,
}

/// Where the log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}

impl Arguments {
    /// Understands the words behind the program's name.
    ///
    /// # Errors
    /// A word that is unknown, or a value that cannot be.
    pub fn parse(words: impl IntoIterator<Item = String>) -> Result<Self, Failure> {
        let mut parsed = Self {
            workloads: Vec::new(),
            databases: Vec::new(),
            events: Vec::new(),
            scale: Scale::full(),
            extent: Extent {
                duration: Duration::from_secs(2),
                runs: 5,
                only: None,
            },
            json: None,
            markdown: None,
            svg: None,
            is_worker: false,
        };
        let mut words = words.into_iter();
        while let Some(name) = words.next() {
            if name == "--worker" {
                parsed.is_worker = true;
                continue;
            }
            let value = words
                .next()
                .ok_or_else(|| format!("{name} takes a value"))?;
            parsed
                .set(&name, &value)
                .map_err(|error| format!("{name} {value}: {error}"))?;
        }
        parsed.complete();
        Ok(parsed)
    }

    /// The histories that a workload is measured with: those that were said, or its own.
    pub fn histories(&self, of: Workload) -> Vec<u64> {
        if !self.events.is_empty() {
            return self.events.clone();
        }
        match of {
            Workload::Appends => vec![10_000, 1_000_000],
            // The histories of the dispatches are those of their scale.
            Workload::Dispatch => Vec::new(),
            Workload::Follow => vec![200_000],
        }
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), Failure> {
        match name {
            "--workload" => self.workloads.push(value.parse()?),
            "--database" => self.databases.push(value.parse()?),
            "--events" => self.events.push(value.parse()?),
            "--scale" => self.scale = value.parse()?,
            "--seconds" => self.extent.duration = seconds(value)?,
            "--runs" => self.extent.runs = at_least_one(value)?,
            "--only" => self.extent.only = Some(value.into()),
            "--json" => self.json = Some(value.into()),
            "--markdown" => self.markdown = Some(value.into()),
            "--svg" => self.svg = Some(value.into()),
            _ => return Err(format!("it is none of {KNOWN}").into()),
        }
        Ok(())
    }

    /// Everything, where nothing was said.
    fn complete(&mut self) {
        if self.workloads.is_empty() {
            self.workloads = vec![Workload::Appends, Workload::Dispatch, Workload::Follow];
        }
        if self.databases.is_empty() {
            self.databases = vec![Database::Sqlite, Database::Postgres];
        }
    }
}

fn seconds(value: &str) -> Result<Duration, Failure> {
    let duration = Duration::try_from_secs_f64(value.parse()?)?;
    if duration.is_zero() {
        return Err("nothing can be measured in no time".into());
    }
    Ok(duration)
}

fn at_least_one(value: &str) -> Result<usize, Failure> {
    match value.parse()? {
        0 => Err("it takes at least one".into()),
        runs => Ok(runs),
    }
}

impl FromStr for Workload {
    type Err = Failure;

    fn from_str(name: &str) -> Result<Self, Failure> {
        match name {
            "appends" => Ok(Self::Appends),
            "dispatch" => Ok(Self::Dispatch),
            "follow" => Ok(Self::Follow),
            _ => Err("there are appends, dispatch and follow".into()),
        }
    }
}

impl FromStr for Database {
    type Err = Failure;

    fn from_str(name: &str) -> Result<Self, Failure> {
        match name {
            "sqlite" => Ok(Self::Sqlite),
            "postgres" => Ok(Self::Postgres),
            _ => Err("there are sqlite and postgres".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, String> {
        Arguments::parse(line.split_whitespace().map(String::from))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_means_everything() {
        let all = parse("").unwrap();
        let workloads = [Workload::Appends, Workload::Dispatch, Workload::Follow];
        assert_eq!(all.workloads, workloads);
        assert_eq!(all.databases, [Database::Sqlite, Database::Postgres]);
        let histories = workloads.map(|workload| all.histories(workload));
        assert_eq!(histories, [vec![10_000, 1_000_000], vec![], vec![200_000]]);
        let extent = &all.extent;
        assert_eq!((extent.runs, extent.duration), (5, Duration::from_secs(2)));
        assert_eq!(extent.only, None);
        assert_eq!(all.scale, Scale::full());
        assert!(!all.is_worker);
    }

    #[test]
    fn what_is_said_is_taken_alone() {
        let said = parse(
            "--workload dispatch --database postgres --events 7 --events 8 --scale quick \
             --seconds 0.25 --runs 3 --only W1 --json a.json --markdown a.md --svg a.svg",
        )
        .unwrap();
        assert_eq!(said.workloads, [Workload::Dispatch]);
        assert_eq!(said.databases, [Database::Postgres]);
        assert_eq!(said.histories(Workload::Appends), [7, 8]);
        assert_eq!(said.histories(Workload::Follow), [7, 8]);
        assert_eq!(said.scale, Scale::quick());
        let extent = &said.extent;
        assert_eq!(
            (extent.runs, extent.duration),
            (3, Duration::from_millis(250))
        );
        assert_eq!(extent.only.as_deref(), Some("W1"));
        assert_eq!(said.json, Some("a.json".into()));
        assert_eq!(said.markdown, Some("a.md".into()));
        assert_eq!(said.svg, Some("a.svg".into()));
    }

    #[test]
    fn the_worker_takes_no_value() {
        assert!(parse("--worker").unwrap().is_worker);
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        for line in [
            "--runs 0",
            "--runs many",
            "--seconds 0",
            "--seconds -1",
            "--seconds NaN",
            "--database mysql",
            "--workload reads",
            "--scale huge",
            "--events -1",
            "--colour red",
        ] {
            let message = parse(line).unwrap_err();
            assert!(message.starts_with(line), "{message}");
        }
        assert_eq!(parse("--runs").unwrap_err(), "--runs takes a value");
    }
}
