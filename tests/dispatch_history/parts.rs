//! The processes of a history: this binary, started again for one of these tests.

use factos::EventLog;

use crate::client::Client;
use crate::disturbed::patience::answered;
use crate::disturbed::role::{self, say_progress, until_told};
use crate::disturbed::store::Store;
use crate::record::{Record, Recorder};
use crate::run::Cache;
use crate::work::Mix;

type Role = role::Role<()>;

/// Each cache in a process, and the one that has most to get wrong in two.
fn cache(role: &Role) -> Cache {
    match role.name.bytes().last() {
        Some(b'1') => Cache::Off,
        Some(b'2') => Cache::Tiny,
        _ => Cache::Large,
    }
}

/// Dispatches until it is told to stop.
#[tokio::test(flavor = "multi_thread")]
async fn client() {
    let Some(role) = Role::given() else { return };
    let seed = role.seed;
    let records = Recorder::create(&role.records(), &Record::Started { seed });
    let store = answered(|| Store::open(&role.url)).await;
    let log = EventLog::with_options(store, cache(&role).options());
    let client = Client::new(log, records, Mix::default(), u64::MAX);
    let ended = client.ended();
    let work = client.clone().run(role.tasks, seed);
    until_told(move |_| client.stop());
    say_progress(work, ended).await;
}
