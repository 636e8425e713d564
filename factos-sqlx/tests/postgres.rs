//! The PostgreSQL store and what is around it: servers that fail, lie, forget and come back, rights, settings, poolers.
#![cfg(feature = "postgres")]

#[path = "support/requests.rs"]
mod requests;

#[path = "postgres/ledger.rs"]
mod ledger;
#[path = "postgres/proxy.rs"]
mod proxy;
#[path = "postgres/support.rs"]
mod support;

#[path = "postgres/refused.rs"]
mod refused;
#[path = "postgres/restored.rs"]
mod restored;
#[path = "postgres/resending.rs"]
mod resending;
#[path = "postgres/healing.rs"]
mod healing;
#[path = "postgres/failover.rs"]
mod failover;
#[path = "postgres/pooler.rs"]
mod pooler;
#[path = "postgres/rights.rs"]
mod rights;
#[path = "postgres/settings.rs"]
mod settings;
#[path = "postgres/plans.rs"]
mod plans;
#[path = "postgres/connections.rs"]
mod connections;
#[path = "postgres/notifications.rs"]
mod notifications;
#[path = "postgres/full.rs"]
mod full;
#[path = "postgres/logs.rs"]
mod logs;
