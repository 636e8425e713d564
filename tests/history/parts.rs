//! The processes of a history: this binary, started again for one of these tests.

use std::path::PathBuf;

use factos::{Position, Query};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::client::{Client, answered};
use crate::faulty::{Bug, Faulty};
use crate::reader::Reader;
use crate::record::{Record, Recorder, path, read};
use crate::shape::Shape;
use crate::store::Store;
use crate::support::worker::{part, say};

/// What a process is to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Role {
    pub url: String,
    /// Of the records.
    pub directory: PathBuf,
    pub name: String,
    /// How many had its name before and were killed.
    pub number: u32,
    pub seed: u64,
    /// Of a client.
    pub tasks: u64,
    /// What is to be wrong with its store.
    pub bug: Option<Bug>,
}

impl Role {
    /// The role that this process was started for, if it was.
    fn given() -> Option<Self> {
        let arguments = part()?.concat();
        Some(serde_json::from_str(&arguments).expect("the parent says what to do"))
    }

    async fn open(&self) -> Store {
        let store = answered(|| Store::open(&self.url)).await;
        match self.bug {
            None => store,
            Some(bug) => Store::new(Faulty::new(store, bug)),
        }
    }

    fn recorder(&self) -> Recorder {
        Recorder::create(&path(&self.directory, &self.name, self.number), self.seed)
    }

    /// The records of those that had its name before, the last one first.
    fn records_before(&self) -> impl Iterator<Item = PathBuf> {
        let numbers = (0..self.number).rev();
        let files = numbers.map(|number| path(&self.directory, &self.name, number));
        // Some were killed before they began to write.
        files.filter(|file| file.exists())
    }

    /// How far readers of its name have come.
    fn came_to(&self) -> Position {
        let mut pages = self.records_before().filter_map(|file| {
            let records = read(&file).filter_map(|record| match record {
                Record::Page(page) => Some(page.upto),
                _ => None,
            });
            records.last()
        });
        Position::new(pages.next().unwrap_or(0))
    }

    /// The first reader reads all, the others what random queries mean, the same in each process of a name.
    fn query(&self) -> Query {
        if self.name.ends_with("-0") {
            return Query::all();
        }
        Shape::seeded(self.name.bytes().map(u64::from).sum()).query()
    }
}

/// A client says how far it is after so many appends.
const SAID_AFTER: u64 = 10;

/// Calls the log until it is told to stop, and takes over what a killed client has left open.
#[tokio::test(flavor = "multi_thread")]
async fn client() {
    let Some(role) = Role::given() else { return };
    let client = Client::new(role.open().await, role.recorder(), u64::MAX);
    let mut stored = client.stored();

    let work = client.clone().run(role.tasks, role.seed);
    let heir = client.clone();
    let take_over = async move {
        if let Some(left) = role.records_before().next() {
            heir.take_over(&left, Shape::seeded(!role.seed)).await;
        }
    };
    let mut work = tokio::spawn(async { tokio::join!(work, take_over) });
    until_told(move |_| client.stop());

    let mut said = 0;
    loop {
        tokio::select! {
            ended = &mut work => {
                ended.expect("no task fails");
                return;
            }
            _ = stored.changed() => {
                let now = *stored.borrow_and_update();
                if now >= said + SAID_AFTER {
                    say(now);
                    said = now;
                }
            }
        }
    }
}

/// Follows the log until it has come as far as it is told.
#[tokio::test(flavor = "multi_thread")]
async fn reader() {
    let Some(role) = Role::given() else { return };
    let reader = Reader {
        store: role.open().await,
        records: role.recorder(),
        query: role.query(),
        at: role.came_to(),
        name: role.name,
    };
    let (tell_end, end) = watch::channel(None);
    until_told(move |line| {
        let end = line.trim().parse().expect("a position");
        tell_end.send_replace(Some(Position::new(end)));
    });
    reader.follow(Shape::seeded(role.seed), end).await;
}

/// Waits on a thread for what the parent says. If it is gone, so is this process.
fn until_told(act: impl FnOnce(String) + Send + 'static) {
    std::thread::spawn(move || {
        let mut line = String::new();
        match std::io::stdin().read_line(&mut line) {
            Ok(1..) => act(line),
            _ => std::process::exit(1),
        }
    });
}
