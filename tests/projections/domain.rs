//! What is projected: numbers that are counted, and events that make a projection fail in some way.

use std::collections::HashMap;
use std::fmt;
use std::sync::{LazyLock, Mutex};

use factos::prelude::*;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(prefix = "tally.")]
pub enum Tally {
    /// To be counted.
    Counted { by: i64 },
    /// Waits until its gate is open.
    Gated { gate: String, by: i64 },
    /// Fails until its gate is open.
    Refused { gate: String, by: i64 },
    /// Panics until its gate is open.
    Panicked { gate: String, by: i64 },
    /// Nothing that a projection reads.
    Ignored {},
}

#[derive(Debug)]
pub enum Failed {
    Closed(String),
    Database(sqlx::Error),
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(gate) => write!(f, "the gate {gate} is closed"),
            Self::Database(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Failed {}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

type Gates = HashMap<String, watch::Sender<bool>>;
static GATES: LazyLock<Mutex<Gates>> = LazyLock::new(Mutex::default);

fn gate(name: &str) -> watch::Sender<bool> {
    let mut gates = GATES.lock().expect("no panic");
    let closed = || watch::Sender::new(false);
    gates.entry(name.into()).or_insert_with(closed).clone()
}

/// A gate of its own, closed.
pub fn new_gate() -> String {
    let name = factos::EventId::new().to_string();
    gate(&name);
    name
}

pub fn open(name: &str) {
    gate(name).send_replace(true);
}

pub fn is_open(name: &str) -> bool {
    *gate(name).borrow()
}

pub async fn wait_at(name: &str) {
    let mut opened = gate(name).subscribe();
    opened.wait_for(|open| *open).await.expect("a gate is kept");
}

/// Waits until somebody stands at a gate.
pub async fn somebody_waits_at(name: &str) {
    let gate = gate(name);
    while gate.receiver_count() == 0 {
        tokio::task::yield_now().await;
    }
}

/// What an event adds, once it may.
pub async fn checked(event: &Tally) -> Result<i64, Failed> {
    match event {
        Tally::Counted { by } => Ok(*by),
        Tally::Gated { gate, by } => {
            wait_at(gate).await;
            Ok(*by)
        }
        Tally::Refused { gate, by } if is_open(gate) => Ok(*by),
        Tally::Refused { gate, .. } => Err(Failed::Closed(gate.clone())),
        Tally::Panicked { gate, by } => {
            assert!(is_open(gate), "the gate is closed");
            Ok(*by)
        }
        Tally::Ignored {} => Ok(0),
    }
}

pub fn counted(by: i64) -> Tally {
    Tally::Counted { by }
}

/// The projections, for a kind of connection. Their table has one row an event, so that what is applied twice is seen.
macro_rules! projections {
    ($Connection:ty) => {
        use factos::prelude::*;
        use sqlx::AssertSqlSafe;

        use crate::domain::Tally::{self, *};
        use crate::domain::{Failed, checked};

        async fn make(db: &mut $Connection, tables: &Tables) -> sqlx::Result<()> {
            for (_, table) in tables.iter() {
                let sql = format!(
                    "CREATE TABLE {table} (position BIGINT PRIMARY KEY, added BIGINT NOT NULL)"
                );
                sqlx::query(AssertSqlSafe(sql)).execute(&mut *db).await?;
            }
            Ok(())
        }

        async fn add(
            db: &mut $Connection,
            sql: String,
            position: u64,
            added: i64,
        ) -> Result<(), Failed> {
            let position = i64::try_from(position).expect("a small number");
            let query = sqlx::query(AssertSqlSafe(sql)).bind(position).bind(added);
            query.execute(db).await?;
            Ok(())
        }

        /// One event after the other.
        #[projection(setup = make)]
        pub async fn sums(
            event: &Recorded<Tally>,
            db: &mut $Connection,
            tables: &Tables,
        ) -> Result<(), Failed> {
            match &event.data {
                Counted { .. } | Gated { .. } | Refused { .. } | Panicked { .. } => {
                    let added = checked(&event.data).await?;
                    let sql = tables.sql("INSERT INTO {sums} (position, added) VALUES ($1, $2)");
                    add(db, sql, event.position.get(), added).await
                }
            }
        }

        /// Several at once.
        #[projection(setup = make, events(Counted, Gated, Refused, Panicked))]
        pub async fn slices(
            events: &[Recorded<Tally>],
            db: &mut $Connection,
            tables: &Tables,
        ) -> Result<(), Failed> {
            for event in events {
                let added = checked(&event.data).await?;
                let sql = tables.sql("INSERT INTO {slices} (position, added) VALUES ($1, $2)");
                add(db, sql, event.position.get(), added).await?;
            }
            Ok(())
        }

        /// Only what waits nowhere.
        #[projection(setup = make)]
        pub async fn plain(
            event: &Recorded<Tally>,
            db: &mut $Connection,
            tables: &Tables,
        ) -> Result<(), Failed> {
            match &event.data {
                Counted { by } => {
                    let sql = tables.sql("INSERT INTO {plain} (position, added) VALUES ($1, $2)");
                    add(db, sql, event.position.get(), *by).await
                }
            }
        }

        // The second version of `sums`, in which everything counts twice.
        pub mod second {
            use super::*;

            #[projection(name = "sums", version = 2, tables(sums), setup = make)]
            pub async fn sums(
                event: &Recorded<Tally>,
                db: &mut $Connection,
                tables: &Tables,
            ) -> Result<(), Failed> {
                match &event.data {
                    Counted { .. } | Gated { .. } | Refused { .. } | Panicked { .. } => {
                        let added = 2 * checked(&event.data).await?;
                        let sql =
                            tables.sql("INSERT INTO {sums} (position, added) VALUES ($1, $2)");
                        add(db, sql, event.position.get(), added).await
                    }
                }
            }
        }

        /// Its tables cannot be made until a gate is open.
        #[projection(setup = make_unmakeable)]
        pub async fn unmakeable(event: &Tally, _db: &mut $Connection) -> Result<(), Failed> {
            match event {
                Counted { .. } => Ok(()),
            }
        }

        async fn make_unmakeable(_db: &mut $Connection, _tables: &Tables) -> Result<(), Failed> {
            Err(Failed::Closed("always".into()))
        }
    };
}
pub(crate) use projections;
