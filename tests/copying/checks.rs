//! What every copy keeps, whatever stores it is between.

mod disturbed;
mod kept;
mod noticed;

pub use disturbed::*;
pub use kept::*;
pub use noticed::*;

use factos::store::EventStore;
use factos::{Copied, CopyTo, EventLog};

use crate::kinds::Kind;

/// A store with a log of this kind, and what keeps it alive.
async fn fresh<K: Kind>() -> (K, K::Store) {
    let kind = K::new().await;
    let store = kind.open().await;
    (kind, store)
}

fn log(store: &(impl EventStore + Clone)) -> EventLog {
    EventLog::new(store.clone()).untyped()
}

/// A copy by pages so small that everything is cut somewhere.
fn copy(source: &(impl EventStore + Clone), target: &(impl EventStore + Clone)) -> CopyTo {
    log(source).copy_to(&log(target)).page_size(2)
}

/// A copy that nothing keeps from its end.
async fn copied(source: &(impl EventStore + Clone), target: &(impl EventStore + Clone)) -> Copied {
    let copied = copy(source, target).verify().await;
    copied.expect("nothing speaks against it")
}
