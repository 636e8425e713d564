//! A database of faulty logs.

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use factos_core::store::{EventStore, LogInfo};
use factos_core::testing::contract::StoreFixture;
use factos_core::{LogName, MemoryStore};

use super::{Fault, Faulty, Log, held};

/// A database with one fault.
pub struct Database {
    fault: Fault,
    logs: Mutex<HashMap<LogName, (MemoryStore, Arc<Log>)>>,
    under_way: Arc<AtomicU64>,
}

impl Database {
    pub fn with(fault: Fault) -> Self {
        Self {
            fault,
            logs: Mutex::default(),
            under_way: Arc::default(),
        }
    }
}

impl StoreFixture for Database {
    type Store = Faulty;

    async fn open(&self, log: LogName) -> Faulty {
        let place = match self.fault {
            Fault::HoldsOneLog => LogName::default(),
            Fault::IgnoresCaseOfLogNames => {
                LogName::new(log.as_str().to_lowercase()).expect("a name")
            }
            _ => log.clone(),
        };
        let new = || (MemoryStore::named(log), Arc::default());
        let (memory, log) = held(&self.logs).entry(place).or_insert_with(new).clone();
        let info = LogInfo::new(memory.info().name().clone(), memory.info().identity());
        Faulty {
            fault: self.fault,
            memory,
            log,
            info,
            replica: AtomicU64::new(0),
            under_way: self.under_way.clone(),
        }
    }

    async fn restart(&self) {
        if self.fault == Fault::LosesEverythingOnRestart {
            held(&self.logs).clear();
        }
    }

    fn patience(&self) -> Duration {
        match self.fault {
            Fault::Nothing => Duration::from_mins(1),
            _ => Duration::from_millis(300),
        }
    }
}
