//! Read models keep what the trait promises, on each database and in memory: leases, checkpoints, parked events, versions,
//! tasks.

#[path = "read_models/support.rs"]
mod support;

#[path = "read_models/leases.rs"]
mod leases;
#[path = "read_models/opening.rs"]
mod opening;
#[path = "read_models/parked.rs"]
mod parked;
#[cfg(feature = "postgres")]
#[path = "read_models/postgres.rs"]
mod postgres;
#[path = "read_models/sqlite.rs"]
mod sqlite;
#[path = "read_models/tasks.rs"]
mod tasks;
#[path = "read_models/versions.rs"]
mod versions;
