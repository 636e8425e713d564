//! The processes of a history: this binary, started again for one of these tests.

use factos::{EventId, Position, Query};
use tokio::sync::watch;

use crate::client::Client;
use crate::disturbed::faulty::{Bug, Faulty};
use crate::disturbed::patience::answered;
use crate::disturbed::records::read;
use crate::disturbed::role::{self, say_progress, until_told};
use crate::disturbed::store::Store;
use crate::reader::Reader;
use crate::record::{Record, Recorder};
use crate::shape::Shape;

/// What a process is to do, and what is to be wrong with its store.
type Role = role::Role<Option<Bug>>;

async fn open(role: &Role) -> Store {
    let store = answered(|| Store::open(&role.url)).await;
    match role.setting {
        None => store,
        Some(bug) => Store::new(Faulty::new(store, bug)),
    }
}

fn recorder(role: &Role) -> Recorder {
    Recorder::create(&role.records(), &Record::Started { seed: role.seed })
}

/// How far readers of its name have come, and which event is there, if they were told.
fn came_to(role: &Role) -> (Position, Option<EventId>) {
    let mut pages = role.records_before().filter_map(|file| {
        let records = read(&file).filter_map(|record| match record {
            Record::Page(page) => Some((page.upto, page.event)),
            _ => None,
        });
        records.last()
    });
    let (upto, event) = pages.next().unwrap_or_default();
    (Position::new(upto), event.map(EventId::from))
}

/// The first reader reads all, the others what random queries mean, the same in each process of a name.
fn query(role: &Role) -> Query {
    if role.name.ends_with("-0") {
        return Query::all();
    }
    Shape::seeded(role.name.bytes().map(u64::from).sum()).query()
}

/// Calls the log until it is told to stop, and takes over what a killed client has left open.
#[tokio::test(flavor = "multi_thread")]
async fn client() {
    let Some(role) = Role::given() else { return };
    let client = Client::new(open(&role).await, recorder(&role), u64::MAX);
    let stored = client.stored();

    let work = client.clone().run(role.tasks, role.seed);
    let heir = client.clone();
    let take_over = async move {
        if let Some(left) = role.records_before().next() {
            heir.take_over(&left, Shape::seeded(!role.seed)).await;
        }
    };
    until_told(move |_| client.stop());
    let work = async {
        tokio::join!(work, take_over);
    };
    say_progress(work, stored).await;
}

/// Follows the log until it has come as far as it is told.
#[tokio::test(flavor = "multi_thread")]
async fn reader() {
    let Some(role) = Role::given() else { return };
    let (at, event) = came_to(&role);
    let reader = Reader {
        store: open(&role).await,
        records: recorder(&role),
        query: query(&role),
        at,
        event,
        fault: None,
        name: role.name,
    };
    let (tell_end, end) = watch::channel(None);
    until_told(move |line| {
        let end = line.trim().parse().expect("a position");
        tell_end.send_replace(Some(Position::new(end)));
    });
    reader.follow(Shape::seeded(role.seed), end).await;
}
