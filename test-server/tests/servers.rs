//! Servers start, serve, crash, come back, and are gone when whoever started them is.

#[path = "servers/databases.rs"]
mod databases;
#[path = "servers/control.rs"]
mod control;
#[path = "servers/standby.rs"]
mod standby;
#[path = "servers/pgbouncer.rs"]
mod pgbouncer;
#[path = "servers/tls.rs"]
mod tls;
#[path = "servers/owner.rs"]
mod owner;
