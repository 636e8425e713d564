//! What a process of a history is to do: this binary, started again for one of its tests.

use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::records::path;
use crate::support::worker::{part, say};

/// What a process is to do. `S` is what a kind of history says besides.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Role<S> {
    pub url: String,
    /// Of the records.
    pub directory: PathBuf,
    pub name: String,
    /// How many had its name before and were killed.
    pub number: u32,
    pub seed: u64,
    /// Of a client.
    pub tasks: u64,
    pub setting: S,
}

impl<S: DeserializeOwned> Role<S> {
    /// The role that this process was started for, if it was.
    pub fn given() -> Option<Self> {
        let arguments = part()?.concat();
        Some(serde_json::from_str(&arguments).expect("the parent says what to do"))
    }
}

impl<S> Role<S> {
    /// The file for its records.
    pub fn records(&self) -> PathBuf {
        path(&self.directory, &self.name, self.number)
    }

    /// The records of those that had its name before, the last one first.
    pub fn records_before(&self) -> impl Iterator<Item = PathBuf> {
        let numbers = (0..self.number).rev();
        let files = numbers.map(|number| path(&self.directory, &self.name, number));
        // Some were killed before they began to write.
        files.filter(|file| file.exists())
    }
}

/// A client says how far it is after so many calls.
const SAID_AFTER: u64 = 10;

/// Tells the parent how far the work is until it ends.
pub async fn say_progress(
    work: impl Future<Output = ()> + Send + 'static,
    mut done: watch::Receiver<u64>,
) {
    let mut work = tokio::spawn(work);
    let mut said = 0;
    loop {
        tokio::select! {
            ended = &mut work => {
                ended.expect("no task fails");
                return;
            }
            _ = done.changed() => {
                let now = *done.borrow_and_update();
                if now >= said + SAID_AFTER {
                    say(now);
                    said = now;
                }
            }
        }
    }
}

/// Waits on a thread for what the parent says. If it is gone, so is this process.
pub fn until_told(act: impl FnOnce(String) + Send + 'static) {
    std::thread::spawn(move || {
        let mut line = String::new();
        match std::io::stdin().read_line(&mut line) {
            Ok(1..) => act(line),
            _ => std::process::exit(1),
        }
    });
}
