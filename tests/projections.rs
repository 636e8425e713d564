//! Projections as users have them: kept up to date by a runner or by hand, into SQLite, PostgreSQL and memory.

mod support;

#[path = "projections/domain.rs"]
mod domain;
#[path = "projections/failing.rs"]
mod failing;
#[path = "projections/following.rs"]
mod following;
#[path = "projections/given.rs"]
mod given;
#[path = "projections/in_memory.rs"]
mod in_memory;
#[path = "projections/isolated.rs"]
mod isolated;
#[path = "projections/leases.rs"]
mod leases;
#[path = "projections/place.rs"]
mod place;
#[path = "projections/versions.rs"]
mod versions;
