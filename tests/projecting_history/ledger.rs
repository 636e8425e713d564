//! What is appended, and the projections that count it.

use std::collections::BTreeMap;

use factos::prelude::*;
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;

use crate::support::worker::say;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(tags(account))]
pub enum LedgerEvent {
    Booked {
        account: u32,
        amount: i64,
    },
    /// No projection is about it.
    Looked {
        account: u32,
    },
}
use LedgerEvent::*;

/// A position as databases have it.
pub fn bigint(event: &Recorded<LedgerEvent>) -> i64 {
    i64::try_from(event.position.get()).expect("no log is so long")
}

/// The same projections into each kind of database: of single events, and of all that are committed together. Each has a row
/// an event that says how often it was counted, and a row an account with sums. They tell the parent what they are at.
macro_rules! projections {
    ($kind:ident, $connection:ident) => {
        pub mod $kind {
            use sqlx::$connection;

            use super::*;

            async fn count(db: &mut $connection, table: &str, position: i64) -> sqlx::Result<()> {
                let sql = format!(
                    "INSERT INTO {table} AS c (position, times) VALUES ($1, 1) \
                     ON CONFLICT (position) DO UPDATE SET times = c.times + 1"
                );
                let query = sqlx::query(AssertSqlSafe(sql)).bind(position);
                query.execute(db).await?;
                Ok(())
            }

            async fn add(
                db: &mut $connection,
                table: &str,
                account: u32,
                (events, total): (i64, i64),
            ) -> sqlx::Result<()> {
                let sql = format!(
                    "INSERT INTO {table} AS s (account, events, total) VALUES ($1, $2, $3) \
                     ON CONFLICT (account) DO UPDATE SET events = s.events + $2, total = s.total + $3"
                );
                let query = sqlx::query(AssertSqlSafe(sql)).bind(i64::from(account));
                query.bind(events).bind(total).execute(db).await?;
                Ok(())
            }

            async fn make(db: &mut $connection, tables: &Tables) -> sqlx::Result<()> {
                for (known, table) in tables.iter() {
                    let columns = if known.ends_with("counts") {
                        "position BIGINT PRIMARY KEY, times BIGINT NOT NULL"
                    } else {
                        "account BIGINT PRIMARY KEY, events BIGINT NOT NULL, total BIGINT NOT NULL"
                    };
                    let sql = format!("CREATE TABLE {table} ({columns})");
                    sqlx::query(AssertSqlSafe(sql)).execute(&mut *db).await?;
                }
                Ok(())
            }

            #[projection(name = "one", tables(one_counts, one_sums), setup = make)]
            pub async fn one(
                event: &Recorded<LedgerEvent>,
                db: &mut $connection,
                tables: &Tables,
            ) -> sqlx::Result<()> {
                match &event.data {
                    Booked { account, amount } => {
                        say(event.position);
                        count(db, &tables.name("one_counts"), bigint(event)).await?;
                        add(db, &tables.name("one_sums"), *account, (1, *amount)).await
                    }
                }
            }

            #[projection(name = "all", tables(all_counts, all_sums), setup = make, events(Booked))]
            pub async fn all(
                events: &[Recorded<LedgerEvent>],
                db: &mut $connection,
                tables: &Tables,
            ) -> sqlx::Result<()> {
                let mut sums: BTreeMap<u32, (i64, i64)> = BTreeMap::new();
                for event in events {
                    if let Booked { account, amount } = &event.data {
                        say(event.position);
                        count(db, &tables.name("all_counts"), bigint(event)).await?;
                        let sum = sums.entry(*account).or_default();
                        *sum = (sum.0 + 1, sum.1 + amount);
                    }
                }
                for (account, sum) in sums {
                    add(db, &tables.name("all_sums"), account, sum).await?;
                }
                Ok(())
            }
        }
    };
}

projections!(sqlite, SqliteConnection);
projections!(postgres, PgConnection);
